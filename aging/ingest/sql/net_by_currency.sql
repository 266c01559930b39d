-- Question: what is owed on balance, per currency, on a day? Parameters: connection, as_of. Index: segment_dates.
SELECT segment.currency, sum(segment.open_minor)::bigint AS net_minor
FROM balance_segment AS segment
JOIN document ON document.id = segment.document_id
WHERE document.connection_id = %(connection)s AND segment.valid_from <= %(as_of)s AND segment.valid_to > %(as_of)s
GROUP BY segment.currency
ORDER BY segment.currency;
