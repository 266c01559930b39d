-- Question: what does each payment or credit memo take off each invoice, and from which day (S4, R3, R4)?
-- The same as aging.core.applications: per pair of credit and invoice the best door counts, whole-document doors only
-- where the credit itemizes nothing, and no credit is used beyond its total. Credits are looked at whole, because the
-- order of their applications decides which of them they no longer cover.
-- Grain: one claim that counts. Parameters: run, connection. Index: application_credit, document_source_key.
INSERT INTO staged_reduction (sync_run_id, claim_id, credit_kind, credit_source_id, credit_document_id,
                              invoice_source_id, invoice_document_id, amount_minor, currency, effective_date,
                              on_invoice_minor, wanted_of_credit_minor, on_credit_minor, takes_effect, problem)
WITH touched AS MATERIALIZED (
    SELECT document.id, document.kind, document.source_id, document.twin_of
    FROM staged_touched
    JOIN document ON document.id = staged_touched.document_id
    WHERE staged_touched.sync_run_id = %(run)s
),
involved AS MATERIALIZED (
    SELECT claim.credit_kind, claim.credit_source_id
    FROM touched
    JOIN application AS claim
        ON claim.connection_id = %(connection)s AND claim.invoice_source_id = touched.source_id
    WHERE touched.kind = 'invoice'
    UNION
    SELECT kind, source_id FROM touched WHERE kind IN ('payment', 'credit_memo')
),
involved_with_twins AS MATERIALIZED (
    SELECT credit_kind, credit_source_id FROM involved
    UNION
    SELECT 'credit_memo', twin.source_id
    FROM document AS twin
    JOIN involved ON involved.credit_kind = 'credit_memo' AND involved.credit_source_id = twin.twin_of
    WHERE twin.connection_id = %(connection)s AND twin.kind = 'credit_memo' AND twin.twin_of <> ''
),
claim AS (
    SELECT said.id, said.door, said.credit_kind, said.invoice_source_id, said.amount_minor, said.currency,
           said.applied_date,
           CASE WHEN teller.twin_of <> '' THEN teller.twin_of ELSE said.credit_source_id END AS credit_source_id
    FROM involved_with_twins
    JOIN application AS said
        ON said.connection_id = %(connection)s AND said.credit_kind = involved_with_twins.credit_kind
        AND said.credit_source_id = involved_with_twins.credit_source_id
    LEFT JOIN document AS teller
        ON teller.connection_id = %(connection)s AND teller.kind = said.credit_kind
        AND teller.source_id = said.credit_source_id AND teller.twin_of <> ''
    WHERE teller.id IS NULL OR NOT EXISTS (
        SELECT 1
        FROM application AS better
        LEFT JOIN document AS other
            ON other.connection_id = %(connection)s AND other.kind = 'credit_memo'
            AND other.source_id = better.credit_source_id
        WHERE better.connection_id = %(connection)s AND better.credit_kind = 'credit_memo'
          AND (better.credit_source_id = teller.twin_of
               OR (other.twin_of = teller.twin_of
                   AND better.credit_source_id COLLATE "C" > said.credit_source_id COLLATE "C"))
    )
),
judged AS (
    SELECT claim.*, credit.id AS credit_document_id, credit.issued_date AS credit_date,
           credit.currency AS credit_currency, abs(credit.total_minor) AS credit_total_minor,
           min(claim.door) OVER (
               PARTITION BY claim.credit_kind, claim.credit_source_id, claim.invoice_source_id
           ) AS best_door,
           bool_or(claim.door NOT IN (3, 5)) OVER (
               PARTITION BY claim.credit_kind, claim.credit_source_id
           ) AS is_itemized
    FROM claim
    LEFT JOIN document AS credit
        ON credit.connection_id = %(connection)s AND credit.kind = claim.credit_kind
        AND credit.source_id = claim.credit_source_id AND credit.deleted_at IS NULL
    WHERE credit.id IS NULL OR credit.counts
),
resolved AS (
    SELECT judged.*, abs(judged.amount_minor) AS claimed_minor,
           invoice.id AS invoice_document_id, coalesce(invoice.counts, false) AS takes_effect,
           judged.currency = invoice.currency AS speaks_of_invoice,
           judged.credit_document_id IS NOT NULL AND judged.currency = judged.credit_currency AS speaks_of_credit,
           greatest(invoice.issued_date, judged.credit_date, judged.applied_date) AS effective_date,
           CASE
               WHEN invoice.id IS NULL THEN 'application_to_missing_document'
               WHEN NOT invoice.counts THEN 'application_to_uncounted_document'
               WHEN judged.currency <> invoice.currency OR judged.currency <> judged.credit_currency
                   THEN 'application_currency_mismatch'
               ELSE ''
           END AS problem
    FROM judged
    LEFT JOIN document AS invoice
        ON invoice.connection_id = %(connection)s AND invoice.kind = 'invoice'
        AND invoice.source_id = judged.invoice_source_id AND invoice.deleted_at IS NULL
    WHERE judged.amount_minor <> 0 AND judged.door = judged.best_door
      AND NOT (judged.door IN (3, 5) AND judged.is_itemized)
),
wanted AS (
    SELECT resolved.*,
           CASE WHEN takes_effect AND speaks_of_credit THEN claimed_minor ELSE 0 END AS wanted_minor
    FROM resolved
),
queued AS (
    SELECT wanted.*,
           coalesce(sum(wanted_minor) OVER (
               PARTITION BY credit_document_id
               ORDER BY effective_date, invoice_source_id COLLATE "C", id
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ), 0) AS used_before
    FROM wanted
)
SELECT %(run)s, id, credit_kind, credit_source_id, credit_document_id, invoice_source_id, invoice_document_id,
       claimed_minor, currency, effective_date,
       CASE WHEN takes_effect AND speaks_of_invoice THEN claimed_minor ELSE 0 END,
       wanted_minor,
       CASE WHEN credit_document_id IS NULL THEN 0
            ELSE least(greatest(credit_total_minor - used_before, 0), wanted_minor) END,
       takes_effect, problem
FROM queued;
