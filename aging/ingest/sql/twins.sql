-- Question: which credit memos does the source show under two ids (S1)? Parameters: run, connection.
-- Same number, customer, currency, total and date: the one that states its balance stands for all (S5).
-- Index: document_number.
WITH numbers AS (
    SELECT memo.number
    FROM staged_touched AS touched
    JOIN document AS memo ON memo.id = touched.document_id
    WHERE touched.sync_run_id = %(run)s AND memo.kind = 'credit_memo'
    UNION
    SELECT touched.old_number FROM staged_touched AS touched
    JOIN document AS memo ON memo.id = touched.document_id
    WHERE touched.sync_run_id = %(run)s AND memo.kind = 'credit_memo'
),
alike AS (
    SELECT memo.id, memo.source_id, memo.twin_of,
           CASE WHEN memo.counts AND memo.deleted_at IS NULL THEN
               first_value(memo.source_id) OVER (
                   PARTITION BY memo.counts AND memo.deleted_at IS NULL, memo.number, memo.customer_id,
                                memo.currency, memo.total_minor, memo.issued_date
                   ORDER BY memo.balance_minor IS NULL, memo.source_id COLLATE "C"
               )
           ELSE memo.source_id END AS first_source_id
    FROM document AS memo
    JOIN numbers ON numbers.number = memo.number
    WHERE memo.connection_id = %(connection)s AND memo.kind = 'credit_memo' AND memo.number <> ''
),
moved AS (
    UPDATE document AS memo
    SET twin_of = CASE WHEN alike.first_source_id = alike.source_id THEN '' ELSE alike.first_source_id END
    FROM alike
    WHERE memo.id = alike.id
      AND memo.twin_of <> CASE WHEN alike.first_source_id = alike.source_id THEN '' ELSE alike.first_source_id END
    RETURNING memo.id
)
INSERT INTO staged_touched (sync_run_id, document_id, old_number)
SELECT %(run)s, alike.id, ''
FROM alike
WHERE EXISTS (SELECT 1 FROM moved)
  AND NOT EXISTS (
      SELECT 1 FROM staged_touched AS already
      WHERE already.sync_run_id = %(run)s AND already.document_id = alike.id
  );
