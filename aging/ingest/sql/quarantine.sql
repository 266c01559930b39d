-- Question: which records that an earlier run set aside are settled now? Parameters: run, connection, full.
DELETE FROM quarantined_record AS older
WHERE older.connection_id = %(connection)s AND older.sync_run_id <> %(run)s
  AND (%(full)s
       OR EXISTS (
           SELECT 1 FROM quarantined_record AS newer
           WHERE newer.sync_run_id = %(run)s AND newer.object_type = older.object_type
             AND newer.source_id = older.source_id
       )
       OR EXISTS (
           SELECT 1 FROM document
           WHERE document.connection_id = %(connection)s AND document.source_id = older.source_id
             AND document.changed_by_run = %(run)s
       ));
