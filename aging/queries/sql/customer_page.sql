-- Question: which customers owe how much in each bucket, on a day, in one currency? Grain: one customer.
-- Nine columns serve every scheme of two to eight edges. Parameters: as_of, basis, lowers, currency, bucket (its number
-- or null), query (an ILIKE pattern or empty), limit, offset. Index: segment_dates.
WITH aged AS (
{_aged_customers})
SELECT aged.*, customer.source_id, customer.connection_id, customer.name
FROM aged
JOIN customer ON customer.id = aged.customer_id
WHERE (%(query)s = '' OR customer.name ILIKE %(query)s)
  AND (%(bucket)s::int IS NULL OR (ARRAY[b0, b1, b2, b3, b4, b5, b6, b7, b8])[%(bucket)s::int + 1] <> 0)
ORDER BY {order}
LIMIT %(limit)s OFFSET %(offset)s
