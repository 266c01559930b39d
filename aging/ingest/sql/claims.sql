-- Question: what do the changed documents claim to apply to what? A document replaces its own claims.
-- Grain: one claim. Parameters: run, connection. Index: application_owner.
-- A claim on a credit that the source does not list leaves no document behind to look at again, so what was found about
-- the claim goes with it.
WITH dropped AS (
    DELETE FROM application AS claim
    USING staged_touched AS touched, document AS owner
    WHERE touched.sync_run_id = %(run)s AND owner.id = touched.document_id AND owner.changed_by_run = %(run)s
      AND claim.connection_id = %(connection)s
      AND claim.owner_kind = owner.kind AND claim.owner_source_id = owner.source_id
    RETURNING claim.credit_kind, claim.credit_source_id, claim.invoice_source_id
)
DELETE FROM finding
USING dropped
WHERE finding.connection_id = %(connection)s AND finding.origin = 'ledger'
  AND finding.object_type = dropped.credit_kind AND finding.source_id = dropped.credit_source_id
  AND finding.detail = 'applied to invoice ' || dropped.invoice_source_id;

INSERT INTO application (connection_id, owner_kind, owner_source_id, door, credit_kind, credit_source_id,
                         invoice_source_id, amount_minor, currency, applied_date)
SELECT %(connection)s, claim.owner_kind, claim.owner_source_id, claim.door, claim.credit_kind,
       claim.credit_source_id, claim.invoice_source_id, claim.amount_minor, claim.currency, claim.applied_date
FROM staged_application AS claim
JOIN document AS owner
    ON owner.connection_id = %(connection)s AND owner.kind = claim.owner_kind
    AND owner.source_id = claim.owner_source_id
WHERE claim.sync_run_id = %(run)s AND owner.changed_by_run = %(run)s;
