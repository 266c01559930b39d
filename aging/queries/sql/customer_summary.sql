-- Question: of the customers that match, how many are there and what do they add up to? And before any filter, how many
-- are there in all and in each bucket? Grain: one row. Parameters: those of customer_page. Index: segment_dates.
WITH aged AS (
{_aged_customers}),
judged AS (
    SELECT aged.*, ((%(query)s = '' OR customer.name ILIKE %(query)s)
            AND (%(bucket)s::int IS NULL OR (ARRAY[b0, b1, b2, b3, b4, b5, b6, b7, b8])[%(bucket)s::int + 1] <> 0)) AS is_match
    FROM aged
    JOIN customer ON customer.id = aged.customer_id
)
SELECT count(*) AS total,
       count(*) FILTER (WHERE is_match) AS matching,
       max(gross) FILTER (WHERE is_match) AS largest_gross,
       sum(gross) FILTER (WHERE is_match) AS gross,
       sum(unapplied) FILTER (WHERE is_match) AS unapplied,
       sum(past_due) FILTER (WHERE is_match) AS past_due,
       sum(b0) FILTER (WHERE is_match) AS b0,
       sum(b1) FILTER (WHERE is_match) AS b1,
       sum(b2) FILTER (WHERE is_match) AS b2,
       sum(b3) FILTER (WHERE is_match) AS b3,
       sum(b4) FILTER (WHERE is_match) AS b4,
       sum(b5) FILTER (WHERE is_match) AS b5,
       sum(b6) FILTER (WHERE is_match) AS b6,
       sum(b7) FILTER (WHERE is_match) AS b7,
       sum(b8) FILTER (WHERE is_match) AS b8,
       count(*) FILTER (WHERE b0 <> 0) AS with_b0,
       count(*) FILTER (WHERE b1 <> 0) AS with_b1,
       count(*) FILTER (WHERE b2 <> 0) AS with_b2,
       count(*) FILTER (WHERE b3 <> 0) AS with_b3,
       count(*) FILTER (WHERE b4 <> 0) AS with_b4,
       count(*) FILTER (WHERE b5 <> 0) AS with_b5,
       count(*) FILTER (WHERE b6 <> 0) AS with_b6,
       count(*) FILTER (WHERE b7 <> 0) AS with_b7,
       count(*) FILTER (WHERE b8 <> 0) AS with_b8
FROM judged
