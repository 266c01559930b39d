-- Question: what moved a customer's account, and what was its balance after each movement? Grain: one movement.
-- An application takes from one of the customer's documents what it gives to another: the two ends cancel and are left
-- out, unless they differ or the other end is somebody else's. Parameters: customer, until. Index: document_customer.
WITH entry AS (
    SELECT ledger_entry.id, ledger_entry.effective_date, ledger_entry.entry_kind, ledger_entry.amount_minor,
           document.id AS document_id, document.kind, document.number, document.source_id, document.currency,
           CASE WHEN ledger_entry.entry_kind IN ('payment', 'credit', 'reversal')
                     AND ledger_entry.counterpart_id IS NOT NULL
                THEN least(document.id, ledger_entry.counterpart_id) END AS one_end,
           CASE WHEN ledger_entry.entry_kind IN ('payment', 'credit', 'reversal')
                     AND ledger_entry.counterpart_id IS NOT NULL
                THEN greatest(document.id, ledger_entry.counterpart_id) ELSE -ledger_entry.id END AS other_end
    FROM document
    JOIN ledger_entry ON ledger_entry.document_id = document.id
    WHERE document.customer_id = %(customer)s AND ledger_entry.effective_date <= %(until)s
),
movement AS (
    SELECT effective_date, entry_kind, currency, min(id) AS id, sum(amount_minor) AS amount_minor,
           min(document_id) AS document_id
    FROM entry
    GROUP BY effective_date, entry_kind, currency, one_end, other_end
    HAVING sum(amount_minor) <> 0
)
SELECT movement.effective_date, movement.entry_kind, document.id AS document_id, document.kind AS document_kind,
       document.number AS document_number, document.source_id AS document_source_id, movement.currency,
       movement.amount_minor,
       sum(movement.amount_minor) OVER (
           PARTITION BY movement.currency ORDER BY movement.effective_date, movement.id
       ) AS balance_minor
FROM movement
JOIN document ON document.id = movement.document_id
ORDER BY movement.effective_date, movement.id
