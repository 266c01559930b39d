-- Question: which documents has a confirmed sweep no longer found? Parameters: run, connection, now, gone (ids).
WITH gone AS (
    UPDATE document SET deleted_at = %(now)s, changed_by_run = %(run)s
    WHERE connection_id = %(connection)s AND id = ANY(%(gone)s) AND deleted_at IS NULL
    RETURNING id, number
)
INSERT INTO staged_touched (sync_run_id, document_id, old_number)
SELECT %(run)s, id, number FROM gone;
