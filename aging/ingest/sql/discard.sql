-- Question: what of a run that ended is still staged? Parameters: run.
DELETE FROM staged_customer WHERE sync_run_id = %(run)s;

DELETE FROM staged_document WHERE sync_run_id = %(run)s;

DELETE FROM staged_application WHERE sync_run_id = %(run)s;

DELETE FROM staged_finding WHERE sync_run_id = %(run)s;

DELETE FROM staged_touched WHERE sync_run_id = %(run)s;

DELETE FROM staged_reduction WHERE sync_run_id = %(run)s;

DELETE FROM staged_segment WHERE sync_run_id = %(run)s;
