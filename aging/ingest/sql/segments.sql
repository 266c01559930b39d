-- Question: what did each touched document have open between which days? Parameters: run. Index: segment_document.
-- Old and new segments are kept aside with their sign, for what they take from and add to the aging steps.
INSERT INTO staged_segment (sync_run_id, sign, currency, due_date, issued_date, valid_from, valid_to, open_minor)
SELECT %(run)s, -1, segment.currency, segment.due_date, segment.issued_date, segment.valid_from, segment.valid_to,
       segment.open_minor
FROM staged_touched AS touched
JOIN balance_segment AS segment ON segment.document_id = touched.document_id
WHERE touched.sync_run_id = %(run)s;

DELETE FROM balance_segment
USING staged_touched AS touched
WHERE touched.sync_run_id = %(run)s AND balance_segment.document_id = touched.document_id;

INSERT INTO balance_segment (document_id, customer_id, currency, due_date, issued_date, valid_from, valid_to, open_minor)
SELECT running.document_id, document.customer_id, document.currency,
       CASE document.kind WHEN 'invoice' THEN coalesce(document.due_date, document.issued_date)
            ELSE document.issued_date END,
       document.issued_date, running.valid_from, running.valid_to, running.open_minor
FROM (
    SELECT entry.document_id, entry.effective_date AS valid_from,
           coalesce(lead(entry.effective_date) OVER by_day, date '9999-12-31') AS valid_to,
           (sum(sum(entry.amount_minor)) OVER by_day)::bigint AS open_minor
    FROM staged_touched AS touched
    JOIN ledger_entry AS entry ON entry.document_id = touched.document_id
    WHERE touched.sync_run_id = %(run)s
    GROUP BY entry.document_id, entry.effective_date
    WINDOW by_day AS (PARTITION BY entry.document_id ORDER BY entry.effective_date)
) AS running
JOIN document ON document.id = running.document_id
WHERE running.open_minor <> 0;

INSERT INTO staged_segment (sync_run_id, sign, currency, due_date, issued_date, valid_from, valid_to, open_minor)
SELECT %(run)s, 1, segment.currency, segment.due_date, segment.issued_date, segment.valid_from, segment.valid_to,
       segment.open_minor
FROM staged_touched AS touched
JOIN balance_segment AS segment ON segment.document_id = touched.document_id
WHERE touched.sync_run_id = %(run)s;
