-- Question: how many customers owe something, how many documents are open, and how much is odd? Grain: one row.
-- Parameters: as_of. Index: segment_dates.
SELECT counted.customers, counted.documents, (SELECT count(*) FROM finding) AS findings,
       (SELECT count(*) FROM quarantined_record) AS quarantined
FROM (
    SELECT count(DISTINCT customer_id) AS customers, count(*) AS documents
    FROM balance_segment
    WHERE valid_from <= %(as_of)s AND valid_to > %(as_of)s
) AS counted
