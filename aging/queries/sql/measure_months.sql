-- Question: what was invoiced, and how much cash came in, month by month? Grain: one month, also one without either.
-- Sales are the totals of invoices by issue date, credit memos not netted. Receipts are payments by their date, less what
-- refunds paid back. Parameters: currency, first_day (of a month), as_of. Index: document_kind_newest; for the few refunds
-- document_source_key and entry_document. Days are summed before months, because naming a month costs more than summing.
WITH issued AS (
    SELECT issued_date AS day,
           sum(total_minor) FILTER (WHERE kind = 'invoice') AS sales_minor,
           sum(abs(total_minor)) FILTER (WHERE kind = 'payment') AS receipts_minor
    FROM document
    WHERE kind IN ('invoice', 'payment') AND issued_date BETWEEN %(first_day)s AND %(as_of)s
      AND currency = %(currency)s AND counts AND twin_of = '' AND deleted_at IS NULL
    GROUP BY issued_date
),
paid_back AS (
    SELECT entry.effective_date AS day, 0 AS sales_minor, -sum(entry.amount_minor) AS receipts_minor
    FROM document AS refund
    JOIN document AS payment
        ON payment.connection_id = refund.connection_id AND payment.kind = 'payment'
        AND payment.source_id = refund.refunded_payment_id
    JOIN ledger_entry AS entry
        ON entry.document_id = payment.id AND entry.counterpart_id = refund.id AND entry.entry_kind = 'refund'
    WHERE refund.kind = 'refund' AND refund.currency = %(currency)s
      AND entry.effective_date BETWEEN %(first_day)s AND %(as_of)s
    GROUP BY entry.effective_date
),
first_payment AS (
    SELECT min(issued_date) AS first_payment_date
    FROM document
    WHERE kind = 'payment' AND currency = %(currency)s AND counts AND deleted_at IS NULL
)
SELECT month.first_day::date AS first_day,
       coalesce(sum(moved.sales_minor), 0) AS sales_minor,
       coalesce(sum(moved.receipts_minor), 0) AS receipts_minor,
       first_payment.first_payment_date
FROM generate_series(%(first_day)s::timestamp, %(as_of)s::timestamp, interval '1 month') AS month (first_day)
CROSS JOIN first_payment
LEFT JOIN (SELECT * FROM issued UNION ALL SELECT * FROM paid_back) AS moved
    ON date_trunc('month', moved.day::timestamp) = month.first_day
GROUP BY month.first_day, first_payment.first_payment_date
ORDER BY month.first_day
