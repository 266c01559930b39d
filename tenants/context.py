"""How does code outside a request enter a company?

Only through `tenant_context`: django-tenants' `with company:` shares one list among all threads, and its decorators
share one object. Query sets are lazy, so read them to the end inside.

One enters a company from outside, never from within another one: whatever reads two companies leaves the first before
it enters the second. So a generator that stands inside a company and is resumed elsewhere cannot change whose rows its
caller reads; and when it ends late, it leaves alone what others have selected since.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django_tenants.utils import get_public_schema_name

from tenants.models import Company


class InsideAnotherCompany(RuntimeError):
    """Code that works for one company tried to enter another."""


@contextmanager
def tenant_context(company: Company) -> Iterator[None]:
    before = connection.tenant
    if before.schema_name not in (get_public_schema_name(), company.schema_name):
        raise InsideAnotherCompany("Leave the company that is selected before you enter another.")
    connection.set_tenant(company)
    try:
        yield
    finally:
        if connection.tenant is company:
            connection.set_tenant(before)
