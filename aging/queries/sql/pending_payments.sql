-- Question: which payments of an invoice are under way and do not reduce it yet (S4)? Grain: one payment.
-- Parameters: document, until. Index: application_invoice, document_source_key.
SELECT payment.id AS document_id, payment.number, payment.source_id, payment.issued_date,
       max(application.amount_minor) AS amount_minor
FROM document AS invoice
JOIN application
    ON application.connection_id = invoice.connection_id AND application.invoice_source_id = invoice.source_id
    AND application.credit_kind = 'payment'
JOIN document AS payment
    ON payment.connection_id = invoice.connection_id AND payment.kind = 'payment'
    AND payment.source_id = application.credit_source_id
WHERE invoice.id = %(document)s AND invoice.kind = 'invoice' AND payment.is_pending AND payment.deleted_at IS NULL
  AND payment.issued_date <= %(until)s
GROUP BY payment.id
ORDER BY payment.issued_date, payment.id
