-- Question: of which documents is something else open here than in the source's own aged receivables? Grain: one document
-- of one currency. Parameters: connection, run (that compared), currency, as_of. Index: segment_dates, document_source_key,
-- source_aged_row_document. What is listed there without naming a document is in no row.
WITH ours AS (
    SELECT document.source_id, sum(segment.open_minor)::bigint AS open_minor, min(document.id) AS document_id
    FROM balance_segment AS segment
    JOIN document ON document.id = segment.document_id
    WHERE segment.currency = %(currency)s AND segment.valid_from <= %(as_of)s AND segment.valid_to > %(as_of)s
      AND document.connection_id = %(connection)s
    GROUP BY document.source_id
),
theirs AS (
    SELECT source_id, open_minor
    FROM source_aged_row
    WHERE connection_id = %(connection)s AND sync_run_id = %(run)s AND currency = %(currency)s AND source_id <> ''
),
differing AS (
    SELECT coalesce(ours.source_id, theirs.source_id) AS source_id, ours.open_minor AS ours_minor,
           theirs.open_minor AS theirs_minor, ours.document_id
    FROM ours
    FULL JOIN theirs ON theirs.source_id = ours.source_id
    WHERE coalesce(ours.open_minor, 0) <> coalesce(theirs.open_minor, 0)
)
SELECT differing.source_id, differing.ours_minor, differing.theirs_minor, held.document_id,
       coalesce(held.kind, '') AS kind, coalesce(held.number, '') AS number, coalesce(held.customer, '') AS customer,
       coalesce(held.status, '') AS status, coalesce(held.rule, '') AS rule, coalesce(held.currency, '') AS held_currency,
       coalesce((SELECT min(quarantined.reason)
                 FROM quarantined_record AS quarantined
                 WHERE quarantined.connection_id = %(connection)s AND quarantined.source_id = differing.source_id), '')
           AS quarantined
FROM differing
LEFT JOIN LATERAL (
    SELECT document.id AS document_id, document.kind, document.number, customer.name AS customer, document.status,
           document.currency,
           CASE WHEN document.deleted_at IS NOT NULL THEN 'deleted'
                WHEN document.twin_of <> '' THEN 'twin'
                WHEN document.is_pending THEN 'pending'
                WHEN NOT document.counts THEN 'status'
                WHEN document.issued_date > %(as_of)s THEN 'later'
                ELSE '' END AS rule
    FROM document
    JOIN customer ON customer.id = document.customer_id
    WHERE document.connection_id = %(connection)s AND document.kind IN ('invoice', 'credit_memo', 'payment', 'refund')
      AND document.source_id = differing.source_id
    ORDER BY document.id = differing.document_id DESC NULLS LAST, rule, document.id
    LIMIT 1
) AS held ON true
ORDER BY differing.source_id
