-- Question: which customers owe nothing, in no currency, on a day? Grain: one customer, by name.
-- Parameters: as_of, query (an ILIKE pattern or empty), limit, offset. Index: segment_customer.
SELECT customer.id AS customer_id, customer.source_id, customer.connection_id, customer.name
FROM customer
WHERE (%(query)s = '' OR customer.name ILIKE %(query)s)
  AND NOT EXISTS (
      SELECT FROM balance_segment AS segment
      WHERE segment.customer_id = customer.id AND segment.valid_from <= %(as_of)s AND segment.valid_to > %(as_of)s
  )
ORDER BY lower(customer.name), customer.id
LIMIT %(limit)s OFFSET %(offset)s
