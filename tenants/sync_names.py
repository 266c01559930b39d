"""What do the web process and Dagster both call the pipeline's pieces? Plain text, importable by either."""

CODE_LOCATION = "receivables"
PARTITIONS = "connections"
SYNC_JOB = "sync_connection"
SWEEP_JOB = "sync_batch"

RUN_TAG = "sync_run"
COMPANY_TAG = "company"
PARTITION_TAG = "dagster/partition"
PRIORITY_TAG = "dagster/priority"
QUEUE_TAG = "dagster-celery/queue"

INTERACTIVE_QUEUE = "interactive"
BACKGROUND_QUEUE = "dagster"
SWEEP_QUEUE = "sweep"
