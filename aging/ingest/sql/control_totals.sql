-- Question: does the ledger end on what the source says is open (R12)? Grain: one currency.
-- `open_minor` and `source_minor` speak of the documents for which the source gives a balance; `unstated` counts the rest.
-- Parameters: connection. Index: segment_document.
SELECT document.currency,
       count(*) AS documents,
       count(*) FILTER (WHERE document.balance_minor IS NULL) AS unstated,
       coalesce(sum(segment.open_minor) FILTER (WHERE document.balance_minor IS NOT NULL), 0)::bigint AS open_minor,
       coalesce(sum(CASE document.kind WHEN 'invoice' THEN document.balance_minor
                         ELSE -abs(document.balance_minor) END), 0)::bigint AS source_minor
FROM document
LEFT JOIN balance_segment AS segment
    ON segment.document_id = document.id AND segment.valid_to = date '9999-12-31'
WHERE document.connection_id = %(connection)s AND document.kind IN ('invoice', 'credit_memo') AND document.counts
  AND document.twin_of = '' AND document.deleted_at IS NULL
GROUP BY document.currency
ORDER BY document.currency;
