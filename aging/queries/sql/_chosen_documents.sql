-- Shared by the document queries: which documents are asked for, and where each stands on a day. Parameters: as_of, basis,
-- lowers, status, bucket (number, -1 for credits, or null), currency, customer, kind, query, late, document (or null).
matching AS (
    SELECT document.id AS document_id, document.source_id, document.kind, document.number, document.connection_id,
           customer.id AS customer_id, customer.source_id AS customer_source_id, customer.name AS customer_name,
           document.currency, document.issued_date, document.due_date, document.status, document.counts,
           document.is_pending, document.deleted_at IS NOT NULL AS is_deleted, document.twin_of,
           CASE document.kind WHEN 'invoice' THEN document.total_minor ELSE -abs(document.total_minor) END
               AS total_minor,
           coalesce(segment.open_minor, 0) AS open_minor,
           CASE WHEN segment.open_minor > 0 THEN
               %(as_of)s::date - CASE %(basis)s WHEN 'due' THEN segment.due_date ELSE segment.issued_date END
           END AS days_past_due,
           CASE WHEN segment.open_minor < 0 THEN -1
                ELSE width_bucket(
                    %(as_of)s::date - CASE %(basis)s WHEN 'due' THEN segment.due_date ELSE segment.issued_date END,
                    %(lowers)s::int[]) END AS bucket
    FROM document
    JOIN customer ON customer.id = document.customer_id
    LEFT JOIN balance_segment AS segment
        ON segment.document_id = document.id AND segment.valid_from <= %(as_of)s AND segment.valid_to > %(as_of)s
    WHERE (%(document)s::bigint IS NULL OR document.id = %(document)s)
      AND (
          (%(status)s = 'open' AND segment.document_id IS NOT NULL)
          OR (%(status)s = 'settled' AND segment.document_id IS NULL AND document.kind <> 'refund'
              AND document.counts AND document.twin_of = '' AND document.deleted_at IS NULL
              AND document.issued_date <= %(as_of)s)
          OR (%(status)s = 'excluded' AND document.kind <> 'refund'
              AND (NOT document.counts OR document.twin_of <> '' OR document.deleted_at IS NOT NULL
                   OR document.issued_date > %(as_of)s))
          OR %(status)s = 'all'
      )
      AND (%(currency)s::text IS NULL OR document.currency = %(currency)s)
      AND (%(customer)s::bigint IS NULL OR document.customer_id = %(customer)s)
      AND (%(kind)s::text IS NULL OR document.kind = %(kind)s)
      AND (%(query)s = '' OR document.number ILIKE %(query)s OR customer.name ILIKE %(query)s
           OR document.source_id ILIKE %(query)s)
),
chosen AS (
    SELECT * FROM matching
    WHERE (%(bucket)s::int IS NULL OR bucket = %(bucket)s)
      AND (NOT %(late)s OR (bucket >= 0 AND days_past_due >= 1))
)
