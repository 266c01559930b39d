-- Question: what is open at least so many days past the basis date, on a day? Grain: currency, threshold.
-- Parameters: as_of, basis. Index: the primary key (currency, basis, threshold, day); rows depend on days only.
SELECT currency, threshold, sum(amount_minor) AS amount_minor
FROM aging_step
WHERE basis = %(basis)s AND day <= %(as_of)s
GROUP BY currency, threshold
