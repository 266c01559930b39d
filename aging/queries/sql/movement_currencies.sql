-- Question: in which currencies is there anything in the ledger? Grain: one currency.
SELECT DISTINCT currency FROM document WHERE counts AND kind <> 'refund' ORDER BY currency
