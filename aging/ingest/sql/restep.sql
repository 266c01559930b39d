-- Question: what would the aging steps be if every segment were new? Parameters: run.
DELETE FROM aging_step;

INSERT INTO staged_segment (sync_run_id, sign, currency, due_date, issued_date, valid_from, valid_to, open_minor)
SELECT %(run)s, 1, currency, due_date, issued_date, valid_from, valid_to, open_minor
FROM balance_segment;
