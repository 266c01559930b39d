-- Question: which documents are new or changed, and which other documents feel it?
-- Grain: one document. Parameters: run, connection, now. Index: document_source_key, application_*.
INSERT INTO staged_touched (sync_run_id, document_id, old_number)
SELECT %(run)s, kept.id, kept.number
FROM staged_document AS seen
JOIN document AS kept
    ON kept.connection_id = %(connection)s AND kept.kind = seen.kind AND kept.source_id = seen.source_id
WHERE seen.sync_run_id = %(run)s
  AND (kept.content_hash IS DISTINCT FROM seen.content_hash OR kept.deleted_at IS NOT NULL)
  AND NOT EXISTS (
      SELECT 1 FROM staged_touched AS already
      WHERE already.sync_run_id = %(run)s AND already.document_id = kept.id
  );

MERGE INTO document AS kept
USING (
    SELECT seen.*, customer.id AS customer_id
    FROM staged_document AS seen
    JOIN customer ON customer.connection_id = %(connection)s AND customer.source_id = seen.customer_source_id
    WHERE seen.sync_run_id = %(run)s
) AS seen
ON kept.connection_id = %(connection)s AND kept.kind = seen.kind AND kept.source_id = seen.source_id
WHEN MATCHED AND (kept.content_hash IS DISTINCT FROM seen.content_hash OR kept.deleted_at IS NOT NULL) THEN
    UPDATE SET customer_id = seen.customer_id, number = seen.number, status = seen.status, counts = seen.counts,
               is_pending = seen.is_pending, currency = seen.currency, issued_date = seen.issued_date,
               due_date = seen.due_date, settled_date = seen.settled_date, updated_date = seen.updated_date,
               total_minor = seen.total_minor, balance_minor = seen.balance_minor, paid_minor = seen.paid_minor,
               refunded_payment_id = seen.refunded_payment_id, source_updated_at = seen.source_updated_at,
               deleted_at = NULL, changed_by_run = %(run)s, content_hash = seen.content_hash
WHEN NOT MATCHED THEN
    INSERT (connection_id, kind, source_id, customer_id, number, status, counts, is_pending, twin_of, currency,
            issued_date, due_date, settled_date, updated_date, total_minor, balance_minor, paid_minor,
            refunded_payment_id, source_updated_at, changed_by_run, content_hash)
    VALUES (%(connection)s, seen.kind, seen.source_id, seen.customer_id, seen.number, seen.status, seen.counts,
            seen.is_pending, '', seen.currency, seen.issued_date, seen.due_date, seen.settled_date,
            seen.updated_date, seen.total_minor, seen.balance_minor, seen.paid_minor, seen.refunded_payment_id,
            seen.source_updated_at, %(run)s, seen.content_hash);
