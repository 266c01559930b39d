-- Question: by how much do the running totals of each threshold change between one of the days and the next?
-- Grain: threshold, number of the day (0 holds everything up to the first). Parameters: days (rising), currency, basis.
-- Index: the primary key. One scan whatever the number of days.
SELECT threshold,
       width_bucket(day - 1, %(days)s::date[]) AS day_number,
       sum(amount_minor) AS amount_minor
FROM aging_step
WHERE currency = %(currency)s AND basis = %(basis)s AND day <= (%(days)s::date[])[array_upper(%(days)s::date[], 1)]
GROUP BY threshold, day_number
