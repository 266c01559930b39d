-- Question: which documents are open, settled or left out on a day, and what took off how much? Grain: one document.
-- Parameters: as_of, basis, lowers, status, bucket (number, -1 for credits, or null), currency, customer, kind, query (an
-- ILIKE pattern or empty), late, document (or null), limit (or null), offset. Index: segment_dates for what is open, entry_document.
WITH {_chosen_documents},
page AS (
    SELECT * FROM chosen ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s
)
SELECT page.*, taken.paid_minor, taken.credited_minor, taken.adjusted_minor
FROM page
CROSS JOIN LATERAL (
    SELECT coalesce(-sum(entry.amount_minor) FILTER (WHERE entry.entry_kind IN ('payment', 'reversal')), 0) AS paid_minor,
           coalesce(-sum(entry.amount_minor) FILTER (WHERE entry.entry_kind IN ('credit', 'refund')), 0) AS credited_minor,
           coalesce(sum(entry.amount_minor) FILTER (WHERE entry.entry_kind = 'adjustment'), 0) AS adjusted_minor
    FROM ledger_entry AS entry
    WHERE entry.document_id = page.document_id AND entry.effective_date <= %(as_of)s
) AS taken
ORDER BY {order}
