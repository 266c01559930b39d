-- Question: what does this sync change? Grain: one row a kind of record. Parameters: run, connection.
-- Asked after copies are removed and before anything is merged. Index: customer_source_key, document_source_key.
SELECT 'customer' AS kind,
       count(*) FILTER (WHERE kept.id IS NULL OR kept.is_placeholder) AS inserted,
       count(*) FILTER (WHERE kept.content_hash <> seen.content_hash AND NOT kept.is_placeholder) AS updated,
       count(*) FILTER (WHERE kept.content_hash = seen.content_hash) AS unchanged
FROM staged_customer AS seen
LEFT JOIN customer AS kept ON kept.connection_id = %(connection)s AND kept.source_id = seen.source_id
WHERE seen.sync_run_id = %(run)s
UNION ALL
SELECT seen.kind,
       count(*) FILTER (WHERE kept.id IS NULL),
       count(*) FILTER (WHERE kept.content_hash <> seen.content_hash OR kept.deleted_at IS NOT NULL),
       count(*) FILTER (WHERE kept.content_hash = seen.content_hash AND kept.deleted_at IS NULL)
FROM staged_document AS seen
LEFT JOIN document AS kept
    ON kept.connection_id = %(connection)s AND kept.kind = seen.kind AND kept.source_id = seen.source_id
WHERE seen.sync_run_id = %(run)s
GROUP BY seen.kind;
