-- Question: which documents share an application or a refund with one that is touched? Run twice, the second time to
-- reach the other invoices of a credit. Parameters: run, connection. Index: application_invoice, application_credit.
WITH touched AS MATERIALIZED (
    SELECT document.id, document.kind, document.source_id, document.twin_of, document.refunded_payment_id
    FROM staged_touched
    JOIN document ON document.id = staged_touched.document_id
    WHERE staged_touched.sync_run_id = %(run)s
),
linked AS (
    SELECT claim.credit_kind AS kind, claim.credit_source_id AS source_id
    FROM touched
    JOIN application AS claim
        ON claim.connection_id = %(connection)s AND claim.invoice_source_id = touched.source_id
    WHERE touched.kind = 'invoice'
    UNION
    SELECT 'invoice', claim.invoice_source_id
    FROM touched
    JOIN application AS claim
        ON claim.connection_id = %(connection)s AND claim.credit_kind = touched.kind
        AND claim.credit_source_id = touched.source_id
    UNION
    SELECT 'payment', refunded_payment_id FROM touched WHERE kind = 'refund'
    UNION
    SELECT 'refund', refund.source_id
    FROM touched
    JOIN document AS refund
        ON refund.connection_id = %(connection)s AND refund.kind = 'refund'
        AND refund.refunded_payment_id = touched.source_id
    WHERE touched.kind = 'payment'
    UNION
    SELECT 'credit_memo', twin_of FROM touched WHERE twin_of <> ''
)
INSERT INTO staged_touched (sync_run_id, document_id, old_number)
SELECT %(run)s, document.id, ''
FROM linked
JOIN document
    ON document.connection_id = %(connection)s AND document.kind = linked.kind
    AND document.source_id = linked.source_id
WHERE NOT EXISTS (
    SELECT 1 FROM staged_touched AS already
    WHERE already.sync_run_id = %(run)s AND already.document_id = document.id
);
