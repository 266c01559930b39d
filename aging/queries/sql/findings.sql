-- Question: what is odd at the source, and about which document or customer? Grain: one finding, numbered within its code.
-- Parameters: code (or null), connection and kind and source_id of one document (or nulls), first, last (numbers within
-- the code). Index: finding_code, finding_subject, document_source_key.
WITH numbered AS (
    SELECT finding.*, row_number() OVER (PARTITION BY code ORDER BY id) AS place, count(*) OVER (PARTITION BY code) AS count
    FROM finding
    WHERE (%(code)s::text IS NULL OR code = %(code)s)
      AND (%(source_id)s::text IS NULL
           OR (connection_id = %(connection)s::bigint AND object_type = %(kind)s::text AND source_id = %(source_id)s))
)
SELECT numbered.code, numbered.count, numbered.object_type, numbered.source_id, numbered.detail, numbered.amount_minor,
       numbered.currency, document.id AS document_id, coalesce(document.number, '') AS number
FROM numbered
LEFT JOIN document
    ON document.connection_id = numbered.connection_id AND document.kind = numbered.object_type
    AND document.source_id = numbered.source_id
WHERE numbered.place BETWEEN %(first)s AND %(last)s
ORDER BY numbered.count DESC, numbered.code, numbered.place
