-- Question: which companies are there, how old is their data, and what is wrong with them?
-- Grain: one row a company of the asked page, plus one row without a company that carries the tiles' counts.
-- Parameters: company (null for all), search (text, '' for all), state ('' for all), sort (age, -age, name, -name),
--   stale_before, first_row, row_count.
-- Indexes: run_connection_newest, run_in_flight. The newest runs are cut off first and looked through then: otherwise
--   the planner reads a connection's whole history to find its last few.
-- A company's data is as old as the oldest success among its active connections. `records` is what its last full
-- syncs read: the console reads no company's schema.
WITH connection_state AS (
    SELECT c.company_id, c.id, c.health, c.last_success_at, c.is_schedule_paused,
           ended.state AS ended_state, ended.error_class, in_flight.id AS run_in_flight, ended.dagster_run_id
    FROM tenants_connection c
    LEFT JOIN LATERAL (
        SELECT newest.state, newest.error_class, newest.dagster_run_id
        FROM (SELECT r.id, r.state, r.error_class, r.dagster_run_id FROM tenants_syncrun r
              WHERE r.connection_id = c.id ORDER BY r.id DESC LIMIT 14) newest
        WHERE newest.state IN ('succeeded', 'failed')
        ORDER BY newest.id DESC LIMIT 1
    ) ended ON true
    LEFT JOIN LATERAL (
        SELECT r.id FROM tenants_syncrun r
        WHERE r.connection_id = c.id AND r.state IN ('requested', 'running')
        LIMIT 1
    ) in_flight ON true
    WHERE c.health <> 'disconnected' AND (%(company)s::bigint IS NULL OR c.company_id = %(company)s)
),
measured AS (
    SELECT company.id, company.name, company.slug, company.is_suspended,
           count(s.id) AS connections,
           count(s.id) FILTER (WHERE s.health <> 'healthy') AS unhealthy,
           CASE WHEN bool_and(s.last_success_at IS NOT NULL) THEN min(s.last_success_at) END AS oldest_success_at,
           coalesce(bool_or(s.ended_state = 'failed' OR s.health <> 'healthy'), false) AS is_failing,
           coalesce(bool_or(s.run_in_flight IS NOT NULL), false) AS is_busy,
           coalesce(bool_and(s.is_schedule_paused), false) AS is_paused,
           coalesce(max(s.error_class) FILTER (WHERE s.ended_state = 'failed'), '') AS error_class,
           coalesce(max(s.dagster_run_id) FILTER (WHERE s.ended_state = 'failed'),
                    max(s.dagster_run_id), '') AS dagster_run_id
    FROM tenants_company company
    LEFT JOIN connection_state s ON s.company_id = company.id
    WHERE %(company)s::bigint IS NULL OR company.id = %(company)s
    GROUP BY company.id
),
overview AS (
    SELECT measured.*,
           CASE WHEN is_failing THEN 'failing'
                WHEN oldest_success_at IS NULL THEN CASE WHEN is_busy THEN 'busy' ELSE 'never' END
                WHEN oldest_success_at < %(stale_before)s THEN 'stale'
                WHEN is_paused THEN 'paused'
                WHEN is_busy THEN 'busy'
                ELSE 'healthy' END AS state
    FROM measured
),
tiles AS (
    SELECT coalesce(jsonb_object_agg(state, companies), '{}') AS counts
    FROM (SELECT state, count(*) AS companies FROM overview GROUP BY state) per_state
),
page AS (
    SELECT overview.*, count(*) OVER () AS matching,
           row_number() OVER (ORDER BY
               CASE WHEN %(sort)s = 'name' THEN lower(name) END,
               CASE WHEN %(sort)s = '-name' THEN lower(name) END DESC,
               CASE WHEN %(sort)s = 'age' THEN oldest_success_at END NULLS FIRST,
               CASE WHEN %(sort)s = '-age' THEN oldest_success_at END DESC NULLS LAST,
               lower(name), id) AS place
    FROM overview
    WHERE (%(state)s = '' OR state = %(state)s)
      AND (%(search)s = '' OR position(lower(%(search)s) IN lower(name)) > 0
           OR position(lower(%(search)s) IN slug) > 0)
)
SELECT tiles.counts AS tiles, shown.*, records.total AS records
FROM tiles
LEFT JOIN (
    SELECT * FROM page WHERE place > %(first_row)s AND place <= %(first_row)s + %(row_count)s
) shown ON true
LEFT JOIN LATERAL (
    SELECT sum((counters ->> 'fetched')::bigint)::bigint AS total
    FROM tenants_connection c
    CROSS JOIN LATERAL (
        SELECT newest.counts
        FROM (SELECT r.id, r.state, r.is_full, r.trigger, r.counts FROM tenants_syncrun r
              WHERE r.connection_id = c.id ORDER BY r.id DESC LIMIT 200) newest
        WHERE newest.state = 'succeeded' AND (newest.is_full OR newest.trigger = 'first')
        ORDER BY newest.id DESC LIMIT 1
    ) newest_full
    CROSS JOIN LATERAL jsonb_each(newest_full.counts) AS per_object(object_type, counters)
    WHERE c.company_id = shown.id AND c.health <> 'disconnected'
) records ON true
ORDER BY shown.place
