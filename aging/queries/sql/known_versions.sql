-- Question: which version of each connection was the published one at an instant? Grain: one connection.
-- Parameters: known_on. Index: publication_newest.
SELECT connection_id, max(sync_run_id) AS sync_run_id, max(published_at) AS published_at
FROM publication
WHERE published_at <= %(known_on)s
GROUP BY connection_id
ORDER BY connection_id
