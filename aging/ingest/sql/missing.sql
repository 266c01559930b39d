-- Question: which documents that we hold did a full sweep not show? Parameters: run, connection, kinds.
SELECT kept.id, kept.kind, kept.source_id
FROM document AS kept
WHERE kept.connection_id = %(connection)s AND kept.deleted_at IS NULL AND kept.kind = ANY(%(kinds)s)
  AND NOT EXISTS (
      SELECT 1 FROM staged_document AS seen
      WHERE seen.sync_run_id = %(run)s AND seen.kind = kept.kind AND seen.source_id = kept.source_id
  )
ORDER BY kept.id;
