-- Question: which documents did the merge insert or change? Parameters: run, connection. Index: document_source_key.
INSERT INTO staged_touched (sync_run_id, document_id, old_number)
SELECT %(run)s, kept.id, ''
FROM staged_document AS seen
JOIN document AS kept
    ON kept.connection_id = %(connection)s AND kept.kind = seen.kind AND kept.source_id = seen.source_id
WHERE seen.sync_run_id = %(run)s AND kept.changed_by_run = %(run)s
  AND NOT EXISTS (
      SELECT 1 FROM staged_touched AS already
      WHERE already.sync_run_id = %(run)s AND already.document_id = kept.id
  );
