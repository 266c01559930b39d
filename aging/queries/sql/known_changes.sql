-- Question: what of a day's report was known differently at an earlier instant, and why? Grain: one document whose part
-- in the report changed since, the largest change first. A connection's version of an instant is its last run published
-- by then. Documents that no later run touched are left alone, and so cost nothing but the look for them.
-- Parameters: as_of, basis, lowers, known_on, known_day (its date), limit (or null), offset.
-- Index: entry_history_run, document_history_run, entry_document; ledger_entry is scanned for what is newer.
WITH version AS MATERIALIZED (
    SELECT connection_id, coalesce(max(sync_run_id) FILTER (WHERE published_at <= %(known_on)s), -1) AS run
    FROM publication
    GROUP BY connection_id
),
newer AS (
    SELECT document_id, known_from_run AS changed_by FROM ledger_entry
    WHERE known_from_run > (SELECT min(run) FROM version)
    UNION
    SELECT document_id, known_to_run FROM ledger_entry_history WHERE known_to_run > (SELECT min(run) FROM version)
    UNION
    SELECT document_id, known_to_run FROM document_history WHERE known_to_run > (SELECT min(run) FROM version)
),
changed AS MATERIALIZED (
    SELECT DISTINCT newer.document_id, version.run
    FROM newer
    JOIN document ON document.id = newer.document_id
    JOIN version ON version.connection_id = document.connection_id AND newer.changed_by > version.run
),
entry AS MATERIALIZED (
    SELECT changed.document_id, kept.entry_kind, kept.effective_date, kept.amount_minor, was.sign
    FROM changed
    JOIN ledger_entry AS kept ON kept.document_id = changed.document_id
    JOIN (VALUES (1), (-1)) AS was (sign) ON was.sign = 1 OR kept.known_from_run <= changed.run
    UNION ALL
    SELECT changed.document_id, gone.entry_kind, gone.effective_date, gone.amount_minor, -1
    FROM changed
    JOIN ledger_entry_history AS gone
        ON gone.document_id = changed.document_id AND gone.known_from_run <= changed.run
        AND gone.known_to_run > changed.run
),
compared AS (
    SELECT document_id,
           coalesce(sum(amount_minor) FILTER (WHERE sign = -1 AND effective_date <= %(as_of)s), 0) AS then_minor,
           coalesce(sum(amount_minor) FILTER (WHERE sign = 1 AND effective_date <= %(as_of)s), 0) AS now_minor,
           bool_or(sign = -1) AS was_there, bool_or(sign = 1) AS is_there,
           sum(amount_minor) FILTER (WHERE sign = -1 AND entry_kind = 'issued') AS then_total_minor,
           sum(amount_minor) FILTER (WHERE sign = 1 AND entry_kind = 'issued') AS now_total_minor
    FROM entry
    GROUP BY document_id
),
moved AS (
    SELECT entry.document_id, entry.entry_kind, entry.effective_date,
           (sum(entry.sign * entry.amount_minor) < 0) = (document.kind = 'invoice') AS is_recorded
    FROM entry
    JOIN document ON document.id = entry.document_id
    WHERE entry.effective_date <= %(as_of)s AND entry.entry_kind <> 'issued'
    GROUP BY entry.document_id, entry.entry_kind, entry.effective_date, document.kind
    HAVING sum(entry.sign * entry.amount_minor) <> 0
),
told AS (
    SELECT document_id, array_agg(DISTINCT CASE
               WHEN entry_kind NOT IN ('payment', 'credit') THEN 'changed_' || entry_kind
               WHEN NOT is_recorded THEN 'withdrawn_' || entry_kind
               WHEN effective_date < %(known_day)s THEN 'backdated_' || entry_kind
               ELSE 'new_' || entry_kind END) AS entry_reasons
    FROM moved
    GROUP BY document_id
),
both_ends AS (
    SELECT document.id AS document_id, document.source_id, document.kind, document.number, document.deleted_at,
           compared.was_there, compared.is_there, compared.then_total_minor, compared.now_total_minor,
           compared.then_minor, compared.now_minor, told.entry_reasons,
           coalesce(older.currency, document.currency) AS then_currency, document.currency AS now_currency,
           coalesce(older.customer_id, document.customer_id) AS then_customer_id,
           document.customer_id AS now_customer_id,
           coalesce(older.issued_date, document.issued_date) AS then_issued_date,
           document.issued_date AS now_issued_date,
           coalesce(older.due_date, current.due_date) AS then_due_date, current.due_date AS now_due_date,
           CASE %(basis)s WHEN 'due' THEN coalesce(older.due_date, current.due_date)
                ELSE coalesce(older.issued_date, document.issued_date) END AS then_basis_date,
           CASE %(basis)s WHEN 'due' THEN current.due_date ELSE document.issued_date END AS now_basis_date
    FROM compared
    JOIN changed ON changed.document_id = compared.document_id
    JOIN document ON document.id = compared.document_id
    CROSS JOIN LATERAL (
        SELECT CASE document.kind WHEN 'invoice' THEN coalesce(document.due_date, document.issued_date)
                    ELSE document.issued_date END AS due_date
    ) AS current
    LEFT JOIN LATERAL (
        SELECT history.customer_id, history.currency, history.issued_date, history.due_date
        FROM document_history AS history
        WHERE history.document_id = document.id AND history.known_to_run > changed.run
        ORDER BY history.known_to_run
        LIMIT 1
    ) AS older ON true
    LEFT JOIN told ON told.document_id = compared.document_id
)
SELECT both_ends.*, customer.name AS customer_name,
       CASE WHEN then_minor < 0 THEN -1 ELSE width_bucket(%(as_of)s::date - then_basis_date, %(lowers)s::int[]) END
           AS then_bucket,
       CASE WHEN now_minor < 0 THEN -1 ELSE width_bucket(%(as_of)s::date - now_basis_date, %(lowers)s::int[]) END
           AS now_bucket
FROM both_ends
JOIN customer ON customer.id = both_ends.now_customer_id
WHERE (then_minor <> 0 OR now_minor <> 0)
  AND (then_minor, then_currency, then_customer_id, CASE WHEN then_minor > 0 THEN then_basis_date END)
      IS DISTINCT FROM (now_minor, now_currency, now_customer_id, CASE WHEN now_minor > 0 THEN now_basis_date END)
ORDER BY abs(now_minor - then_minor) DESC, document_id
LIMIT %(limit)s OFFSET %(offset)s
