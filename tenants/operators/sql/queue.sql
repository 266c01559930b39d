-- Question: how much is under way, since when does the oldest request wait, and how many recent runs failed?
-- Grain: one row.
-- Parameters: recent (how many of the newest runs count as recent).
-- Indexes: run_in_flight; the primary key, read from its end.
SELECT count(*) FILTER (WHERE in_flight.state = 'running') AS running,
       count(*) FILTER (WHERE in_flight.state = 'requested') AS queued,
       min(in_flight.requested_at) FILTER (WHERE in_flight.state = 'requested') AS oldest_queued_at,
       (SELECT count(*) FROM (SELECT state FROM tenants_syncrun ORDER BY id DESC LIMIT %(recent)s) newest
        WHERE newest.state = 'failed') AS failed
FROM tenants_syncrun in_flight
WHERE in_flight.state IN ('requested', 'running')
