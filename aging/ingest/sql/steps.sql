-- Question: on which days do the running totals of each threshold change, and by how much (R5-R8)?
-- A segment joins the total of a threshold on the day it is that many days past the basis date, not before it begins,
-- and leaves it when it ends. All receivables (-32768) and all credits (-32767) are totals without a threshold.
-- Grain: currency, basis, threshold, day. Parameters: run, thresholds (int[]). Index: the primary key.
WITH moved AS (
    SELECT currency, due_date, issued_date, valid_from, valid_to, sum(sign * open_minor) AS amount_minor,
           open_minor > 0 AS is_receivable
    FROM staged_segment
    WHERE sync_run_id = %(run)s
    GROUP BY currency, due_date, issued_date, valid_from, valid_to, open_minor > 0
    HAVING sum(sign * open_minor) <> 0
),
placed AS (
    SELECT moved.currency, basis.name AS basis, moved.valid_to, moved.amount_minor, threshold.days AS threshold,
           CASE WHEN threshold.days <= -32767 THEN moved.valid_from
                ELSE greatest(moved.valid_from, basis.day + threshold.days) END AS enters_on
    FROM moved
    CROSS JOIN LATERAL (VALUES ('due', moved.due_date), ('issued', moved.issued_date)) AS basis (name, day)
    CROSS JOIN LATERAL unnest(
        CASE WHEN moved.is_receivable THEN %(thresholds)s::int[] || -32768 ELSE ARRAY[-32767] END
    ) AS threshold (days)
),
change AS (
    SELECT currency, basis, threshold, day, sum(amount_minor)::bigint AS amount_minor
    FROM (
        SELECT currency, basis, threshold, enters_on AS day, amount_minor FROM placed WHERE enters_on < valid_to
        UNION ALL
        SELECT currency, basis, threshold, valid_to, -amount_minor
        FROM placed WHERE enters_on < valid_to AND valid_to < date '9999-12-31'
    ) AS moves
    GROUP BY currency, basis, threshold, day
    HAVING sum(amount_minor) <> 0
)
MERGE INTO aging_step AS kept
USING change
ON kept.currency = change.currency AND kept.basis = change.basis AND kept.threshold = change.threshold
    AND kept.day = change.day
WHEN MATCHED AND kept.amount_minor + change.amount_minor = 0 THEN DELETE
WHEN MATCHED THEN UPDATE SET amount_minor = kept.amount_minor + change.amount_minor
WHEN NOT MATCHED THEN INSERT (currency, basis, threshold, day, amount_minor)
    VALUES (change.currency, change.basis, change.threshold, change.day, change.amount_minor);
