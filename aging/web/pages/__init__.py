"""The records that pages are made of: one frozen dataclass a screen, filled by its view, shown by its template.

Views import from the module that speaks of their subject: `common` (shell, notices, pagers), `report` (the aging report
and its table), `documents` (customer, invoices, invoice) and `sources` (connections, sync runs, data quality).
"""
