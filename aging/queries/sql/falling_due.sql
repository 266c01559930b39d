-- Question: of what is open and not past due on a day, how much falls due within 7 days, in 8 to 30 days, later?
-- Grain: one row. By due date, whatever the report's basis. Parameters: as_of, currency. Index: segment_dates.
SELECT coalesce(sum(open_minor) FILTER (WHERE due_date <= %(as_of)s::date + 7), 0) AS in_7_days,
       coalesce(sum(open_minor) FILTER (WHERE due_date BETWEEN %(as_of)s::date + 8 AND %(as_of)s::date + 30), 0)
           AS in_8_to_30_days,
       coalesce(sum(open_minor) FILTER (WHERE due_date > %(as_of)s::date + 30), 0) AS later
FROM balance_segment
WHERE currency = %(currency)s AND valid_from <= %(as_of)s AND valid_to > %(as_of)s
  AND open_minor > 0 AND due_date >= %(as_of)s
