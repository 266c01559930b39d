-- Question: what was invoiced, and how much cash came in, month by month? Grain: one month, also one without either.
-- Sales are the totals of invoices by issue date, credit memos not netted. Receipts are payments by their date, less what
-- refunds paid back. Parameters: currency, first_day (of a month), as_of. Index: document_kind_newest; for the few refunds
-- document_source_key and entry_document.
WITH month AS (
    SELECT day::date AS first_day
    FROM generate_series(%(first_day)s::timestamp, %(as_of)s::timestamp, interval '1 month') AS day
),
issued AS (
    SELECT date_trunc('month', issued_date::timestamp)::date AS first_day,
           sum(total_minor) FILTER (WHERE kind = 'invoice') AS sales_minor,
           sum(abs(total_minor)) FILTER (WHERE kind = 'payment') AS received_minor
    FROM document
    WHERE kind IN ('invoice', 'payment') AND issued_date BETWEEN %(first_day)s AND %(as_of)s
      AND currency = %(currency)s AND counts AND twin_of = '' AND deleted_at IS NULL
    GROUP BY 1
),
paid_back AS (
    SELECT date_trunc('month', entry.effective_date::timestamp)::date AS first_day,
           sum(entry.amount_minor) AS paid_back_minor
    FROM document AS refund
    JOIN document AS payment
        ON payment.connection_id = refund.connection_id AND payment.kind = 'payment'
        AND payment.source_id = refund.refunded_payment_id
    JOIN ledger_entry AS entry
        ON entry.document_id = payment.id AND entry.counterpart_id = refund.id AND entry.entry_kind = 'refund'
    WHERE refund.kind = 'refund' AND refund.currency = %(currency)s
      AND entry.effective_date BETWEEN %(first_day)s AND %(as_of)s
    GROUP BY 1
)
SELECT month.first_day,
       coalesce(issued.sales_minor, 0) AS sales_minor,
       coalesce(issued.received_minor, 0) - coalesce(paid_back.paid_back_minor, 0) AS receipts_minor,
       (SELECT min(issued_date) FROM document
        WHERE kind = 'payment' AND currency = %(currency)s AND counts AND deleted_at IS NULL
          AND issued_date <= %(as_of)s) AS first_payment_date
FROM month
LEFT JOIN issued USING (first_day)
LEFT JOIN paid_back USING (first_day)
ORDER BY month.first_day
