-- Question: since when is there anything in the ledger? Index: the primary key of aging_step.
SELECT min(day) AS first_day FROM aging_step WHERE basis = 'issued' AND threshold IN (-32768, -32767)
