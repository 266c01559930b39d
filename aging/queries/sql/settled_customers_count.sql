-- Question: how many customers owe nothing, in no currency, on a day? Grain: one row.
-- Parameters: as_of, query (an ILIKE pattern or empty). Index: segment_customer.
SELECT count(*) AS count
FROM customer
WHERE (%(query)s = '' OR customer.name ILIKE %(query)s)
  AND NOT EXISTS (
      SELECT FROM balance_segment AS segment
      WHERE segment.customer_id = customer.id AND segment.valid_from <= %(as_of)s AND segment.valid_to > %(as_of)s
  )
