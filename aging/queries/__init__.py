"""Reads: one question a module, its SQL in `sql/`, its answer a frozen record. Nothing here writes or asks the clock.

All of it runs inside a company (a request on its host, or `tenants.context.tenant_context`). Where a page asks several
questions, it asks them inside `snapshot()`, so that all answers speak of one published version.
"""
