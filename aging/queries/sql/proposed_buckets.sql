-- Question: what is open on a day, by the bucket it is in and by the one it would be in? Grain: currency, both buckets.
-- A bucket is its number, or -1 for credits. Parameters: as_of, basis, lowers, proposed_basis, proposed_lowers (first days
-- of all buckets but the first). Index: segment_dates.
SELECT placed.currency, placed.bucket, placed.proposed_bucket, count(*) AS documents,
       sum(placed.open_minor) AS open_minor
FROM (
    SELECT segment.currency, segment.open_minor,
           CASE WHEN segment.open_minor < 0 THEN -1
                ELSE width_bucket(
                    %(as_of)s::date - CASE %(basis)s WHEN 'due' THEN segment.due_date ELSE segment.issued_date END,
                    %(lowers)s::int[]) END AS bucket,
           CASE WHEN segment.open_minor < 0 THEN -1
                ELSE width_bucket(
                    %(as_of)s::date
                        - CASE %(proposed_basis)s WHEN 'due' THEN segment.due_date ELSE segment.issued_date END,
                    %(proposed_lowers)s::int[]) END AS proposed_bucket
    FROM balance_segment AS segment
    WHERE segment.valid_from <= %(as_of)s AND segment.valid_to > %(as_of)s
) AS placed
GROUP BY placed.currency, placed.bucket, placed.proposed_bucket
ORDER BY placed.currency
