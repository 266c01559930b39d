-- Question: how did the last runs of each of these companies go?
-- Grain: one row a run, at most `length` a company, newest first.
-- Parameters: companies (bigint[]), length.
-- Index: run_connection_newest; a company's newest runs are among the newest of each of its connections.
SELECT asked.company_id, run.*
FROM unnest(%(companies)s::bigint[]) AS asked(company_id)
CROSS JOIN LATERAL (
    SELECT newest.*
    FROM tenants_connection c
    CROSS JOIN LATERAL (
        SELECT r.id, r.connection_id, r.state, r.trigger, r.is_full, r.requested_at, r.started_at, r.finished_at,
               r.counts, r.error_class, r.dagster_run_id
        FROM tenants_syncrun r
        WHERE r.connection_id = c.id
        ORDER BY r.id DESC LIMIT %(length)s
    ) newest
    WHERE c.company_id = asked.company_id
    ORDER BY newest.id DESC LIMIT %(length)s
) run
