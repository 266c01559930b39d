-- Question: what does every customer, or one, owe in each bucket on a day? Grain: customer, currency.
-- Parameters: as_of, basis, lowers, currency (or null), customer (or null). Index: segment_dates, segment_customer.
WITH aged AS (
{_aged_customers})
SELECT aged.*, customer.source_id, customer.connection_id, customer.name
FROM aged
JOIN customer ON customer.id = aged.customer_id
ORDER BY aged.currency, aged.past_due DESC, lower(customer.name), customer.id
