-- Question: which customers owe how much in each bucket, on a day, in one currency? Grain: one customer.
-- Nine columns serve every scheme of two to eight edges. Parameters: as_of, basis, lowers, currency, bucket (its number
-- or null), query (an ILIKE pattern or empty), limit, offset. Index: segment_dates.
WITH aged AS (
    SELECT segment.customer_id, segment.currency,
           coalesce(sum(segment.open_minor) FILTER (WHERE segment.bucket = 0), 0)::bigint AS b0,
           coalesce(sum(segment.open_minor) FILTER (WHERE segment.bucket = 1), 0)::bigint AS b1,
           coalesce(sum(segment.open_minor) FILTER (WHERE segment.bucket = 2), 0)::bigint AS b2,
           coalesce(sum(segment.open_minor) FILTER (WHERE segment.bucket = 3), 0)::bigint AS b3,
           coalesce(sum(segment.open_minor) FILTER (WHERE segment.bucket = 4), 0)::bigint AS b4,
           coalesce(sum(segment.open_minor) FILTER (WHERE segment.bucket = 5), 0)::bigint AS b5,
           coalesce(sum(segment.open_minor) FILTER (WHERE segment.bucket = 6), 0)::bigint AS b6,
           coalesce(sum(segment.open_minor) FILTER (WHERE segment.bucket = 7), 0)::bigint AS b7,
           coalesce(sum(segment.open_minor) FILTER (WHERE segment.bucket = 8), 0)::bigint AS b8,
           coalesce(sum(segment.open_minor) FILTER (WHERE segment.open_minor > 0), 0)::bigint AS gross,
           coalesce(sum(segment.open_minor) FILTER (WHERE segment.open_minor < 0), 0)::bigint AS unapplied,
           coalesce(sum(segment.open_minor) FILTER (WHERE segment.bucket >= 0 AND segment.days >= 1), 0)::bigint
               AS past_due,
           max(segment.days) FILTER (WHERE segment.bucket >= 0 AND segment.days >= 1) AS oldest_days
    FROM (
        SELECT kept.customer_id, kept.currency, kept.open_minor,
               %(as_of)s::date - CASE %(basis)s WHEN 'due' THEN kept.due_date ELSE kept.issued_date END AS days,
               CASE WHEN kept.open_minor < 0 THEN -1
                    ELSE width_bucket(
                        %(as_of)s::date - CASE %(basis)s WHEN 'due' THEN kept.due_date ELSE kept.issued_date END,
                        %(lowers)s::int[]) END AS bucket
        FROM balance_segment AS kept
        WHERE kept.valid_from <= %(as_of)s AND kept.valid_to > %(as_of)s
          AND kept.currency = %(currency)s
    ) AS segment
    GROUP BY segment.customer_id, segment.currency
)
SELECT aged.*, customer.source_id, customer.connection_id, customer.name
FROM aged
JOIN customer ON customer.id = aged.customer_id
WHERE (%(query)s = '' OR customer.name ILIKE %(query)s)
  AND (%(bucket)s::int IS NULL OR (ARRAY[b0, b1, b2, b3, b4, b5, b6, b7, b8])[%(bucket)s::int + 1] <> 0)
ORDER BY {order}
LIMIT %(limit)s OFFSET %(offset)s
