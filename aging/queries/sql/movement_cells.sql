-- Question: what stands between the reports of two days, and which documents stand behind each figure of it?
-- The same as aging.core.movement (M1-M4). Grain: line, source, target; with by_document line and document. A line's
-- column is its target; 'flow' goes from source to target. Columns are numbers: 0 and up the buckets, -1 unapplied,
-- -2 new, -3 settled, -4 used. Parameters: currency, opened_on, closed_on, basis, lowers, by_document, line, source,
-- target (each or null for all), limit (or null), offset. Index: segment_dates, segment_document, entry_document.
WITH stood AS (
    SELECT document_id, open_minor, CASE %(basis)s WHEN 'due' THEN due_date ELSE issued_date END AS basis_date
    FROM balance_segment
    WHERE currency = %(currency)s AND valid_from <= %(opened_on)s AND valid_to > %(opened_on)s
),
posted AS (
    SELECT entry.document_id, named.basis_date, entry.effective_date AS day, named.line,
           sum(entry.amount_minor)::bigint AS amount_minor
    FROM ledger_entry AS entry
    JOIN document ON document.id = entry.document_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN entry.entry_kind <> 'issued' THEN entry.entry_kind || 's'
                    WHEN document.kind = 'invoice' THEN 'invoiced'
                    WHEN document.kind = 'payment' THEN 'payments'
                    ELSE 'credits' END AS line,
               CASE WHEN %(basis)s = 'due' AND document.kind = 'invoice'
                    THEN coalesce(document.due_date, document.issued_date) ELSE document.issued_date END AS basis_date
    ) AS named
    WHERE entry.effective_date > %(opened_on)s AND entry.effective_date <= %(closed_on)s
      AND document.currency = %(currency)s
    GROUP BY entry.document_id, named.basis_date, entry.effective_date, named.line
    HAVING sum(entry.amount_minor) <> 0
),
ordered AS (
    SELECT posted.document_id, posted.basis_date, posted.day, posted.line, posted.amount_minor,
           (coalesce(stood.open_minor, 0) + sum(posted.amount_minor) OVER in_order)::bigint AS after_minor
    FROM posted
    LEFT JOIN stood ON stood.document_id = posted.document_id
    WINDOW in_order AS (
        PARTITION BY posted.document_id
        ORDER BY posted.day, array_position(
            ARRAY['invoiced', 'payments', 'credits', 'adjustments', 'reversals', 'refunds'], posted.line)
    )
),
step AS MATERIALIZED (
    SELECT document_id, basis_date, day, line, after_minor - amount_minor AS before_minor, after_minor FROM ordered
),
risen AS (
    SELECT document_id, min(basis_date) AS basis_date, sum(after_minor - before_minor)::bigint AS moved_minor,
           sum(greatest(greatest(after_minor, 0) - greatest(before_minor, 0), 0))::bigint AS owed_minor,
           sum(least(least(after_minor, 0) - least(before_minor, 0), 0))::bigint AS credit_minor
    FROM step
    GROUP BY document_id
),
ends AS MATERIALIZED (
    SELECT coalesce(stood.document_id, risen.document_id) AS document_id,
           coalesce(stood.open_minor, 0) AS opened_minor,
           coalesce(stood.open_minor, 0) + coalesce(risen.moved_minor, 0) AS closed_minor,
           coalesce(risen.owed_minor, 0) AS owed_minor, coalesce(risen.credit_minor, 0) AS credit_minor,
           width_bucket(%(opened_on)s::date - coalesce(stood.basis_date, risen.basis_date), %(lowers)s::int[])
               AS opened,
           width_bucket(%(closed_on)s::date - coalesce(stood.basis_date, risen.basis_date), %(lowers)s::int[])
               AS closed
    FROM stood
    FULL JOIN risen ON risen.document_id = stood.document_id
),
-- Owed and credit apart: of what was open at both ends, the smaller amount stayed, and it is zero across zero.
side AS MATERIALIZED (
    SELECT document_id, -3 AS gone, opened, closed, greatest(opened_minor, 0) AS first_minor,
           greatest(closed_minor, 0) AS last_minor, owed_minor AS risen_minor,
           least(greatest(opened_minor, 0), greatest(closed_minor, 0)) AS stayed_minor
    FROM ends
    UNION ALL
    SELECT document_id, -4, -1, -1, least(opened_minor, 0), least(closed_minor, 0), credit_minor,
           greatest(least(opened_minor, 0), least(closed_minor, 0))
    FROM ends
),
cell AS (
    SELECT step.document_id, step.line, NULL::int AS source,
           CASE WHEN part.open_minor < 0 THEN -1
                ELSE width_bucket(step.day - step.basis_date, %(lowers)s::int[]) END AS target,
           part.sign * part.open_minor AS amount_minor
    FROM step
    CROSS JOIN LATERAL (VALUES (-1, step.before_minor), (1, step.after_minor)) AS part (sign, open_minor)
    UNION ALL
    SELECT segment.document_id, crossed.line, NULL, edge.number::int - crossed.back, crossed.sign * segment.open_minor
    FROM balance_segment AS segment
    CROSS JOIN LATERAL unnest(%(lowers)s::int[]) WITH ORDINALITY AS edge (days, number)
    CROSS JOIN (VALUES ('aged_in', 0, 1), ('aged_out', 1, -1)) AS crossed (line, back, sign)
    WHERE segment.currency = %(currency)s AND segment.open_minor > 0
      AND segment.valid_to > %(opened_on)s AND segment.valid_from <= %(closed_on)s
      AND edge.days + CASE %(basis)s WHEN 'due' THEN segment.due_date ELSE segment.issued_date END
          BETWEEN greatest(segment.valid_from, %(opened_on)s::date) + 1
              AND least(segment.valid_to, %(closed_on)s::date)
    UNION ALL
    SELECT document_id, 'flow', opened, closed, stayed_minor FROM side WHERE stayed_minor <> 0
    UNION ALL
    SELECT document_id, 'flow', opened, gone, first_minor - stayed_minor FROM side WHERE first_minor <> stayed_minor
    UNION ALL
    SELECT document_id, 'flow', -2, closed, last_minor - stayed_minor FROM side WHERE last_minor <> stayed_minor
    UNION ALL
    SELECT document_id, 'flow', -2, gone, risen_minor - last_minor + stayed_minor
    FROM side WHERE risen_minor <> last_minor - stayed_minor
),
summed AS (
    SELECT line, CASE WHEN NOT %(by_document)s THEN source END AS source,
           CASE WHEN NOT %(by_document)s THEN target END AS target,
           CASE WHEN %(by_document)s THEN document_id END AS document_id, sum(amount_minor) AS amount_minor
    FROM cell
    WHERE (%(line)s::text IS NULL OR line = %(line)s) AND (%(source)s::int IS NULL OR source = %(source)s)
      AND (%(target)s::int IS NULL OR target = %(target)s)
    GROUP BY 1, 2, 3, 4
)
SELECT summed.line, summed.source, summed.target, summed.amount_minor, summed.document_id, document.source_id,
       document.kind, document.number, customer.id AS customer_id, customer.name AS customer_name,
       document.issued_date, document.due_date
FROM summed
LEFT JOIN document ON document.id = summed.document_id
LEFT JOIN customer ON customer.id = document.customer_id
WHERE summed.amount_minor <> 0
ORDER BY abs(summed.amount_minor) DESC, summed.document_id
LIMIT %(limit)s OFFSET %(offset)s
