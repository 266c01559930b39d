-- Question: when did invoices become settled, how many days after their due dates, and were they opened again?
-- An invoice is settled on the day its open segment ends, unless another begins that day. One that is opened again, as when
-- a payment bounces, was settled until `reopened_date`. One paid on its day of issue was never open and is not among them.
-- Grain: settled_date, reopened_date. Parameters: currency, settled_from, as_of. Index: segment_dates.
WITH ended AS (
    SELECT due_date, valid_to AS settled_date,
           lead(valid_from) OVER (PARTITION BY document_id ORDER BY valid_from) AS reopened_date
    FROM balance_segment
    WHERE currency = %(currency)s AND valid_to >= %(settled_from)s AND open_minor > 0
)
SELECT settled_date, reopened_date, count(*) AS invoices, sum(settled_date - due_date) AS days_versus_due
FROM ended
WHERE settled_date <= %(as_of)s AND reopened_date IS DISTINCT FROM settled_date
GROUP BY settled_date, reopened_date
