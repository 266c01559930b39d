-- Question: which contacts are new or changed, and which customers do documents name that the source never sent?
-- Grain: one customer. Parameters: run, connection. Index: customer_source_key.
DELETE FROM staged_customer AS older
USING staged_customer AS newer
WHERE older.sync_run_id = %(run)s AND newer.sync_run_id = %(run)s
  AND older.source_id = newer.source_id AND older.id < newer.id;

-- A customer that was only named becomes known: its documents no longer lack one.
INSERT INTO staged_touched (sync_run_id, document_id, old_number)
SELECT %(run)s, document.id, ''
FROM staged_customer AS seen
JOIN customer ON customer.connection_id = %(connection)s AND customer.source_id = seen.source_id
JOIN document ON document.customer_id = customer.id
WHERE seen.sync_run_id = %(run)s AND customer.is_placeholder;

MERGE INTO customer AS kept
USING (SELECT * FROM staged_customer WHERE sync_run_id = %(run)s) AS seen
ON kept.connection_id = %(connection)s AND kept.source_id = seen.source_id
WHEN MATCHED AND kept.content_hash IS DISTINCT FROM seen.content_hash THEN
    UPDATE SET name = seen.name, email = seen.email, phone = seen.phone, currency = seen.currency,
               parent_source_id = seen.parent_source_id, is_active = seen.is_active,
               is_placeholder = false, content_hash = seen.content_hash
WHEN NOT MATCHED THEN
    INSERT (connection_id, source_id, name, email, phone, currency, parent_source_id, is_active, is_placeholder,
            content_hash)
    VALUES (%(connection)s, seen.source_id, seen.name, seen.email, seen.phone, seen.currency,
            seen.parent_source_id, seen.is_active, false, seen.content_hash);

INSERT INTO customer (connection_id, source_id, name, email, phone, currency, parent_source_id, is_active,
                      is_placeholder, content_hash)
SELECT DISTINCT %(connection)s::bigint, customer_source_id,
       CASE customer_source_id WHEN '' THEN 'No customer named' ELSE customer_source_id END,
       '', '', '', '', true, true, ''::bytea
FROM staged_document
WHERE sync_run_id = %(run)s
ON CONFLICT (connection_id, source_id) DO NOTHING;
