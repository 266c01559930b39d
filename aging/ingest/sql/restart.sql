-- What an earlier try of this publish left in the work tables, should it have been cut off. Parameters: run.
DELETE FROM staged_touched WHERE sync_run_id = %(run)s;

DELETE FROM staged_reduction WHERE sync_run_id = %(run)s;

DELETE FROM staged_segment WHERE sync_run_id = %(run)s;
