-- Question: which contradictions do the touched documents show (S6)? Codes are those of aging.core.findings.
-- Parameters: run, connection. Index: finding_subject, document_number.
DELETE FROM finding
USING staged_touched AS touched, document
WHERE touched.sync_run_id = %(run)s AND document.id = touched.document_id
  AND finding.connection_id = %(connection)s AND finding.object_type = document.kind
  AND finding.source_id = document.source_id
  AND (finding.origin = 'ledger' OR document.changed_by_run = %(run)s);

DELETE FROM finding
USING (SELECT DISTINCT credit_kind, credit_source_id FROM staged_reduction WHERE sync_run_id = %(run)s) AS credit
WHERE finding.connection_id = %(connection)s AND finding.origin = 'ledger'
  AND finding.object_type = credit.credit_kind AND finding.source_id = credit.credit_source_id
  AND finding.code IN ('application_to_missing_document', 'application_to_uncounted_document',
                       'application_currency_mismatch', 'applications_above_credit');

INSERT INTO finding (connection_id, origin, code, object_type, source_id, detail, amount_minor, currency)
SELECT %(connection)s, 'record', staged.code, staged.object_type, staged.source_id, staged.detail,
       staged.amount_minor, staged.currency
FROM staged_finding AS staged
LEFT JOIN document
    ON document.connection_id = %(connection)s AND document.kind = staged.object_type
    AND document.source_id = staged.source_id
WHERE staged.sync_run_id = %(run)s AND document.changed_by_run = %(run)s;

INSERT INTO finding (connection_id, origin, code, object_type, source_id, detail, amount_minor, currency)
SELECT %(connection)s, 'ledger', problem, credit_kind, credit_source_id, 'applied to invoice ' || invoice_source_id,
       amount_minor, currency
FROM staged_reduction
WHERE sync_run_id = %(run)s AND problem <> ''
UNION ALL
SELECT %(connection)s, 'ledger', 'applications_above_credit', credit_kind, credit_source_id, '',
       sum(wanted_of_credit_minor - on_credit_minor), min(currency) FILTER (WHERE wanted_of_credit_minor > 0)
FROM staged_reduction
WHERE sync_run_id = %(run)s AND credit_document_id IS NOT NULL
GROUP BY credit_kind, credit_source_id
HAVING sum(wanted_of_credit_minor - on_credit_minor) > 0;

INSERT INTO finding (connection_id, origin, code, object_type, source_id, detail, amount_minor, currency)
SELECT %(connection)s, 'ledger', found.code, document.kind, document.source_id, found.detail, found.amount_minor,
       CASE WHEN found.amount_minor IS NULL THEN '' ELSE document.currency END
FROM staged_touched AS touched
JOIN document ON document.id = touched.document_id
JOIN customer ON customer.id = document.customer_id
CROSS JOIN LATERAL (
    SELECT 'paid_with_balance', document.number, document.balance_minor
    WHERE document.kind IN ('invoice', 'credit_memo') AND document.status = 'PAID' AND document.balance_minor > 0
    UNION ALL
    SELECT 'no_due_date', document.number, NULL
    WHERE document.kind = 'invoice' AND document.due_date IS NULL
    UNION ALL
    SELECT 'due_before_issue', 'issued ' || document.issued_date || ', due ' || document.due_date, NULL
    WHERE document.kind = 'invoice' AND document.due_date < document.issued_date
    UNION ALL
    SELECT 'negative_total', document.number, document.total_minor
    WHERE document.kind = 'invoice' AND document.total_minor < 0
    UNION ALL
    SELECT 'customer_missing',
           CASE customer.source_id WHEN '' THEN 'the document names none' ELSE customer.source_id END, NULL
    WHERE document.kind <> 'refund' AND customer.is_placeholder
) AS found (code, detail, amount_minor)
WHERE touched.sync_run_id = %(run)s AND document.counts AND document.twin_of = '' AND document.deleted_at IS NULL;

INSERT INTO finding (connection_id, origin, code, object_type, source_id, detail, amount_minor, currency)
SELECT %(connection)s, 'ledger', 'memo_seen_twice', document.kind, document.source_id,
       'counted once, as ' || document.twin_of, document.total_minor, document.currency
FROM staged_touched AS touched
JOIN document ON document.id = touched.document_id
WHERE touched.sync_run_id = %(run)s AND document.twin_of <> '' AND document.deleted_at IS NULL;

-- Reductions and inferred adjustments as the ledger holds them now.
WITH posted AS (
    SELECT document.id, document.kind, document.source_id, document.number, document.currency,
           CASE document.kind WHEN 'invoice' THEN document.total_minor ELSE abs(document.total_minor) END AS total_minor,
           CASE document.kind WHEN 'invoice' THEN 1 ELSE -1 END AS direction,
           coalesce(sum(entry.amount_minor) FILTER (WHERE entry.entry_kind <> 'adjustment'), 0) AS open_signed,
           coalesce(sum(entry.amount_minor) FILTER (WHERE entry.entry_kind = 'adjustment'), 0) AS adjusted_signed
    FROM staged_touched AS touched
    JOIN document ON document.id = touched.document_id
    LEFT JOIN ledger_entry AS entry ON entry.document_id = document.id
    WHERE touched.sync_run_id = %(run)s AND document.kind IN ('invoice', 'credit_memo') AND document.counts
      AND document.twin_of = '' AND document.deleted_at IS NULL
    GROUP BY document.id
)
INSERT INTO finding (connection_id, origin, code, object_type, source_id, detail, amount_minor, currency)
SELECT %(connection)s, 'ledger', 'applications_above_total', kind, source_id, number, -direction * open_signed, currency
FROM posted
WHERE total_minor - direction * open_signed > greatest(total_minor, 0)
UNION ALL
SELECT %(connection)s, 'ledger', 'adjustment_inferred', kind, source_id, number, direction * adjusted_signed, currency
FROM posted
WHERE adjusted_signed <> 0;

WITH refund AS (
    SELECT refund.source_id, refund.refunded_payment_id, refund.currency, abs(refund.total_minor) AS total_minor,
           payment.id AS payment_id, payment.currency AS payment_currency,
           coalesce(paid.amount_minor, 0) AS paid_minor
    FROM staged_touched AS touched
    JOIN document AS refund ON refund.id = touched.document_id
    LEFT JOIN document AS payment
        ON payment.connection_id = %(connection)s AND payment.kind = 'payment'
        AND payment.source_id = refund.refunded_payment_id AND payment.counts AND payment.deleted_at IS NULL
    LEFT JOIN ledger_entry AS paid
        ON paid.document_id = payment.id AND paid.entry_kind = 'refund' AND paid.counterpart_id = refund.id
    WHERE touched.sync_run_id = %(run)s AND refund.kind = 'refund' AND refund.counts AND refund.deleted_at IS NULL
)
INSERT INTO finding (connection_id, origin, code, object_type, source_id, detail, amount_minor, currency)
SELECT %(connection)s, 'ledger',
       CASE WHEN payment_id IS NULL THEN 'refund_without_payment'
            WHEN payment_currency <> currency THEN 'refund_currency_mismatch'
            ELSE 'refund_above_payment' END,
       'refund', source_id,
       CASE refunded_payment_id WHEN '' THEN '' ELSE 'of payment ' || refunded_payment_id END,
       CASE WHEN payment_id IS NULL OR payment_currency <> currency THEN total_minor ELSE total_minor - paid_minor END,
       currency
FROM refund
WHERE payment_id IS NULL OR payment_currency <> currency OR paid_minor < total_minor;

-- Numbers that repeat, looked up for the numbers that touched documents have or had.
WITH numbers AS MATERIALIZED (
    SELECT document.number
    FROM staged_touched AS touched JOIN document ON document.id = touched.document_id
    WHERE touched.sync_run_id = %(run)s AND document.kind IN ('invoice', 'credit_memo') AND document.number <> ''
    UNION
    SELECT old_number FROM staged_touched WHERE sync_run_id = %(run)s AND old_number <> ''
),
bearer AS MATERIALIZED (
    SELECT document.kind, document.source_id, document.number,
           document.counts AND document.twin_of = '' AND document.deleted_at IS NULL AS is_live
    FROM numbers
    JOIN document ON document.connection_id = %(connection)s AND document.number = numbers.number
        AND document.kind IN ('invoice', 'credit_memo') AND document.number <> ''
),
cleared AS (
    DELETE FROM finding
    USING bearer
    WHERE finding.connection_id = %(connection)s AND finding.code = 'duplicate_number'
      AND finding.object_type = bearer.kind AND finding.source_id = bearer.source_id
)
INSERT INTO finding (connection_id, origin, code, object_type, source_id, detail, amount_minor, currency)
SELECT %(connection)s, 'ledger', 'duplicate_number', kind, source_id, number || ', ' || bearers || ' times', NULL, ''
FROM (SELECT bearer.*, count(*) OVER (PARTITION BY kind, number) AS bearers FROM bearer WHERE is_live) AS counted
WHERE bearers > 1;
