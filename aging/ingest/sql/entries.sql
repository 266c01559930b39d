-- Question: what changed the open amount of each touched document, by how much and on which day (R2-R4, S5)?
-- The same as aging.core.ledger. Positive raises what is owed. Parameters: run, connection. Index: entry_document.
-- What was known before goes to the history; what is built again as it was comes back from there (history.sql).
WITH superseded AS (
    DELETE FROM ledger_entry
    USING staged_touched AS touched
    WHERE touched.sync_run_id = %(run)s AND ledger_entry.document_id = touched.document_id
    RETURNING ledger_entry.*
)
INSERT INTO ledger_entry_history (document_id, counterpart_id, entry_kind, effective_date, amount_minor,
                                  known_from_run, known_to_run)
SELECT document_id, counterpart_id, entry_kind, effective_date, amount_minor, known_from_run, %(run)s
FROM superseded;

INSERT INTO ledger_entry (document_id, counterpart_id, entry_kind, effective_date, amount_minor, known_from_run)
SELECT document.id, NULL, 'issued', document.issued_date,
       CASE document.kind WHEN 'invoice' THEN document.total_minor ELSE -abs(document.total_minor) END, %(run)s
FROM staged_touched AS touched
JOIN document ON document.id = touched.document_id
WHERE touched.sync_run_id = %(run)s AND document.kind <> 'refund' AND document.counts
  AND document.twin_of = '' AND document.deleted_at IS NULL AND document.total_minor <> 0;

INSERT INTO ledger_entry (document_id, counterpart_id, entry_kind, effective_date, amount_minor, known_from_run)
SELECT taken.invoice_document_id, taken.credit_document_id,
       CASE taken.credit_kind WHEN 'payment' THEN 'payment' ELSE 'credit' END,
       taken.effective_date, -taken.on_invoice_minor, %(run)s
FROM staged_reduction AS taken
JOIN staged_touched AS touched
    ON touched.sync_run_id = %(run)s AND touched.document_id = taken.invoice_document_id
WHERE taken.sync_run_id = %(run)s AND taken.takes_effect AND taken.on_invoice_minor <> 0
UNION ALL
SELECT taken.credit_document_id, taken.invoice_document_id,
       CASE taken.credit_kind WHEN 'payment' THEN 'payment' ELSE 'credit' END,
       taken.effective_date, taken.on_credit_minor, %(run)s
FROM staged_reduction AS taken
JOIN staged_touched AS touched
    ON touched.sync_run_id = %(run)s AND touched.document_id = taken.credit_document_id
WHERE taken.sync_run_id = %(run)s AND taken.takes_effect AND taken.on_credit_minor <> 0;

-- Refunds pay back what their payment holds unapplied, then its applications, the latest first. Payment and refunds are
-- laid out as intervals of the same money; where a refund overlaps an application, that much of it is reversed.
WITH refund AS (
    SELECT refund.id, refund.issued_date, payment.id AS payment_id, payment.issued_date AS payment_date,
           abs(payment.total_minor) AS payment_minor,
           sum(abs(refund.total_minor)) OVER paid_back - abs(refund.total_minor) AS from_minor,
           sum(abs(refund.total_minor)) OVER paid_back AS to_minor
    FROM document AS refund
    JOIN document AS payment
        ON payment.connection_id = %(connection)s AND payment.kind = 'payment'
        AND payment.source_id = refund.refunded_payment_id AND payment.counts AND payment.deleted_at IS NULL
        AND payment.currency = refund.currency
    WHERE refund.connection_id = %(connection)s AND refund.kind = 'refund' AND refund.counts
      AND refund.deleted_at IS NULL
      AND (payment.id IN (SELECT document_id FROM staged_touched WHERE sync_run_id = %(run)s)
           OR payment.id IN (SELECT credit_document_id FROM staged_reduction WHERE sync_run_id = %(run)s))
    WINDOW paid_back AS (
        PARTITION BY payment.id ORDER BY refund.issued_date, refund.source_id COLLATE "C"
    )
),
piece AS (
    SELECT taken.credit_document_id AS payment_id, taken.invoice_document_id, taken.effective_date,
           taken.on_invoice_minor <> 0 AS reopens_invoice,
           abs(payment.total_minor) - sum(taken.on_credit_minor) OVER whole
               + sum(taken.on_credit_minor) OVER latest_first - taken.on_credit_minor AS from_minor,
           abs(payment.total_minor) - sum(taken.on_credit_minor) OVER whole
               + sum(taken.on_credit_minor) OVER latest_first AS to_minor
    FROM staged_reduction AS taken
    JOIN document AS payment ON payment.id = taken.credit_document_id
    WHERE taken.sync_run_id = %(run)s AND taken.takes_effect
      AND taken.credit_document_id IN (SELECT payment_id FROM refund)
    WINDOW whole AS (PARTITION BY taken.credit_document_id),
           latest_first AS (
               PARTITION BY taken.credit_document_id
               ORDER BY taken.effective_date DESC, taken.invoice_source_id COLLATE "C" DESC, taken.claim_id DESC
           )
),
reversal AS (
    SELECT piece.payment_id, piece.invoice_document_id, piece.reopens_invoice,
           greatest(refund.issued_date, piece.effective_date) AS effective_date,
           least(refund.to_minor, piece.to_minor) - greatest(refund.from_minor, piece.from_minor) AS amount_minor
    FROM refund
    JOIN piece ON piece.payment_id = refund.payment_id
        AND piece.from_minor < refund.to_minor AND refund.from_minor < piece.to_minor
),
posted AS (
    SELECT payment_id AS document_id, id AS counterpart_id, 'refund' AS entry_kind,
           greatest(issued_date, payment_date) AS effective_date,
           least(to_minor, payment_minor) - least(from_minor, payment_minor) AS amount_minor
    FROM refund
    UNION ALL
    SELECT payment_id, invoice_document_id, 'reversal', effective_date, -amount_minor FROM reversal
    UNION ALL
    SELECT invoice_document_id, payment_id, 'reversal', effective_date, amount_minor
    FROM reversal WHERE reopens_invoice
)
INSERT INTO ledger_entry (document_id, counterpart_id, entry_kind, effective_date, amount_minor, known_from_run)
SELECT posted.document_id, posted.counterpart_id, posted.entry_kind, posted.effective_date, posted.amount_minor, %(run)s
FROM posted
JOIN staged_touched AS touched ON touched.sync_run_id = %(run)s AND touched.document_id = posted.document_id
WHERE posted.amount_minor <> 0;

-- S5: what applications leave unexplained becomes one inferred entry, so that the ledger ends on the source's balance.
WITH posted AS (
    SELECT document.id, document.kind, document.issued_date, document.settled_date, document.updated_date,
           document.status, abs(document.balance_minor) AS unsigned_balance_minor, document.balance_minor,
           CASE document.kind WHEN 'invoice' THEN 1 ELSE -1 END AS direction,
           CASE document.kind WHEN 'invoice' THEN document.total_minor ELSE abs(document.total_minor) END AS total_minor,
           CASE document.kind WHEN 'invoice' THEN coalesce(document.paid_minor, 0)
                ELSE abs(coalesce(document.paid_minor, 0)) END AS paid_minor,
           coalesce(sum(entry.amount_minor), 0)::bigint AS open_signed,
           max(entry.effective_date) AS latest_date
    FROM staged_touched AS touched
    JOIN document ON document.id = touched.document_id
    LEFT JOIN ledger_entry AS entry ON entry.document_id = document.id
    WHERE touched.sync_run_id = %(run)s AND document.kind IN ('invoice', 'credit_memo') AND document.counts
      AND document.twin_of = '' AND document.deleted_at IS NULL
    GROUP BY document.id
),
targeted AS (
    SELECT posted.*, direction * open_signed AS open_own,
           CASE
               WHEN balance_minor IS NOT NULL
                   THEN CASE kind WHEN 'invoice' THEN balance_minor ELSE unsigned_balance_minor END
               WHEN status IN ('PAID', 'REFUNDED') THEN 0
               WHEN kind = 'invoice' THEN total_minor - greatest(total_minor - direction * open_signed, paid_minor)
               ELSE greatest(total_minor - greatest(total_minor - direction * open_signed, paid_minor), 0)
           END AS target_minor
    FROM posted
)
INSERT INTO ledger_entry (document_id, counterpart_id, entry_kind, effective_date, amount_minor, known_from_run)
SELECT id, NULL, 'adjustment',
       greatest(issued_date, CASE WHEN target_minor = 0 AND settled_date IS NOT NULL THEN settled_date
                                  ELSE coalesce(updated_date, latest_date, issued_date) END),
       direction * (target_minor - open_own), %(run)s
FROM targeted
WHERE target_minor <> open_own;
