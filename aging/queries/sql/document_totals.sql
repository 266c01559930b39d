-- Question: what do all matching documents add up to? Grain: one currency.
-- Parameters: as_of, basis, lowers, status, bucket (number, -1 for credits, or null), currency, customer, kind, query (an
-- ILIKE pattern or empty), late, document (or null). Index: segment_dates for what is open, entry_document.
WITH {_chosen_documents}
SELECT chosen.currency, count(*) AS count, sum(chosen.total_minor) AS total_minor,
       sum(taken.paid_minor) AS paid_minor, sum(taken.credited_minor) AS credited_minor,
       sum(taken.adjusted_minor) AS adjusted_minor, sum(chosen.open_minor) AS open_minor
FROM chosen
CROSS JOIN LATERAL (
    SELECT coalesce(-sum(entry.amount_minor) FILTER (WHERE entry.entry_kind IN ('payment', 'reversal')), 0) AS paid_minor,
           coalesce(-sum(entry.amount_minor) FILTER (WHERE entry.entry_kind IN ('credit', 'refund')), 0) AS credited_minor,
           coalesce(sum(entry.amount_minor) FILTER (WHERE entry.entry_kind = 'adjustment'), 0) AS adjusted_minor
    FROM ledger_entry AS entry
    WHERE entry.document_id = chosen.document_id AND entry.effective_date <= %(as_of)s
) AS taken
GROUP BY chosen.currency
ORDER BY chosen.currency
