-- Question: what of the ledger did this publication take back, so that earlier reports can be given again?
-- Asked between the new entries and the new segments. Parameters: run. Index: entry_history_run, entry_document.
-- The entries that the touched documents had stand in the history under this run; those that were built again as they
-- were leave it and are known from when they were. Of several alike, the oldest stay.
WITH told AS (
    SELECT false AS is_current, id, known_from_run, document_id, counterpart_id, entry_kind, effective_date, amount_minor
    FROM ledger_entry_history
    WHERE known_to_run = %(run)s
    UNION ALL
    SELECT true, id, NULL, document_id, counterpart_id, entry_kind, effective_date, amount_minor
    FROM ledger_entry
    WHERE document_id IN (SELECT document_id FROM ledger_entry_history WHERE known_to_run = %(run)s)
),
numbered AS (
    SELECT told.*,
           row_number() OVER (
               PARTITION BY is_current, document_id, counterpart_id, entry_kind, effective_date, amount_minor
               ORDER BY known_from_run, id
           ) AS place
    FROM told
),
unchanged AS (
    SELECT max(id) FILTER (WHERE NOT is_current) AS history_id, max(id) FILTER (WHERE is_current) AS entry_id,
           max(known_from_run) AS known_from_run
    FROM numbered
    GROUP BY document_id, counterpart_id, entry_kind, effective_date, amount_minor, place
    HAVING count(*) = 2
),
restored AS (
    UPDATE ledger_entry SET known_from_run = unchanged.known_from_run
    FROM unchanged
    WHERE ledger_entry.id = unchanged.entry_id
)
DELETE FROM ledger_entry_history
USING unchanged
WHERE ledger_entry_history.id = unchanged.history_id;

-- A document that was open on some day and is now another customer's, in another currency or of another date, or is
-- not open on any day any more: the next change would find no segments to remember it by.
WITH before AS MATERIALIZED (
    SELECT DISTINCT segment.document_id, segment.customer_id, segment.currency, segment.issued_date, segment.due_date
    FROM staged_touched AS touched
    JOIN balance_segment AS segment ON segment.document_id = touched.document_id
    WHERE touched.sync_run_id = %(run)s
),
running AS (
    SELECT document_id, sum(sum(amount_minor)) OVER (PARTITION BY document_id ORDER BY effective_date) AS open_minor
    FROM ledger_entry
    WHERE document_id IN (SELECT document_id FROM before)
    GROUP BY document_id, effective_date
)
INSERT INTO document_history (document_id, customer_id, currency, issued_date, due_date, known_to_run)
SELECT before.*, %(run)s
FROM before
JOIN document ON document.id = before.document_id
WHERE (before.customer_id, before.currency, before.issued_date, before.due_date) IS DISTINCT FROM (
          document.customer_id, document.currency, document.issued_date,
          CASE document.kind WHEN 'invoice' THEN coalesce(document.due_date, document.issued_date)
               ELSE document.issued_date END)
   OR before.document_id NOT IN (SELECT document_id FROM running WHERE open_minor <> 0);
