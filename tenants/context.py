"""How does code outside a request enter a company?

Only through `tenant_context`: django-tenants' `with company:` shares one list among all threads, and its decorators
share one object. Query sets are lazy, so read them to the end inside.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from tenants.models import Company


@contextmanager
def tenant_context(company: Company) -> Iterator[None]:
    before = connection.tenant
    connection.set_tenant(company)
    try:
        yield
    finally:
        connection.set_tenant(before)
