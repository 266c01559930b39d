-- Shared by the customer queries: what every customer has in each bucket on a day. Nine columns serve every scheme of two
-- to eight edges. Parameters: as_of, basis, lowers, currency (or null), customer (or null).
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
          AND (%(currency)s::text IS NULL OR kept.currency = %(currency)s)
          AND (%(customer)s::bigint IS NULL OR kept.customer_id = %(customer)s)
    ) AS segment
    GROUP BY segment.customer_id, segment.currency
