-- Question: how did one document come to its open amount? Grain: one entry, oldest first. Parameters: document.
-- Index: entry_document.
SELECT entry.effective_date, entry.entry_kind, entry.amount_minor,
       sum(entry.amount_minor) OVER (ORDER BY entry.effective_date, entry.entry_kind <> 'issued', entry.id)::bigint
           AS balance_minor,
       entry.counterpart_id, coalesce(other.kind, '') AS counterpart_kind,
       coalesce(other.number, '') AS counterpart_number, coalesce(other.source_id, '') AS counterpart_source_id
FROM ledger_entry AS entry
LEFT JOIN document AS other ON other.id = entry.counterpart_id
WHERE entry.document_id = %(document)s
ORDER BY entry.effective_date, entry.entry_kind <> 'issued', entry.id
