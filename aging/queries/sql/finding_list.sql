-- Question: what is odd at the source, one by one? Grain: one finding. Parameters: limit, offset.
-- Index: the primary key, document_source_key.
SELECT finding.code, finding.object_type, finding.source_id, finding.detail, finding.amount_minor, finding.currency,
       document.id AS document_id, coalesce(document.number, '') AS number
FROM finding
LEFT JOIN document
    ON document.connection_id = finding.connection_id AND document.kind = finding.object_type
    AND document.source_id = finding.source_id
ORDER BY finding.id
LIMIT %(limit)s OFFSET %(offset)s
