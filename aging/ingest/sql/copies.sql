-- Question: which documents came twice in one sync, and which copy is kept (S1, H29)?
-- A memo that states its balance is kept before one that does not (S5); otherwise the newest. Parameters: run.
WITH ranked AS (
    SELECT id, kind, source_id, number, total_minor, currency,
           row_number() OVER (
               PARTITION BY kind, source_id
               ORDER BY kind = 'credit_memo' AND balance_minor IS NULL, source_updated_at DESC NULLS LAST, position DESC
           ) AS place
    FROM staged_document
    WHERE sync_run_id = %(run)s
),
dropped AS (
    DELETE FROM staged_document AS copy
    USING ranked
    WHERE copy.id = ranked.id AND ranked.place > 1
    RETURNING copy.position, ranked.kind, ranked.source_id, ranked.total_minor, ranked.currency
),
claims AS (
    DELETE FROM staged_application AS claim
    USING dropped
    WHERE claim.sync_run_id = %(run)s AND claim.position = dropped.position
)
INSERT INTO staged_finding (sync_run_id, code, object_type, source_id, detail, amount_minor, currency)
SELECT %(run)s, 'memo_seen_twice', kind, source_id, 'counted once, as ' || source_id, total_minor, currency
FROM dropped
WHERE kind = 'credit_memo';
