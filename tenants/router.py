"""Which database alias does a model live behind?

Three aliases lead to one database. `default` reaches one company's schema at a time, under that company's role.
`control` reaches the public schema: users, sessions, companies, connections, runs. `owner` owns everything and is used
for migrations and provisioning alone.
"""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections
from django_tenants.utils import get_public_schema_name

TENANT_ALIAS = "default"
CONTROL_ALIAS = "control"
OWNER_ALIAS = "owner"


def is_tenant_app(app_label: str) -> bool:
    return apps.get_app_config(app_label).name in settings.TENANT_APPS


class CompanyRouter:
    def db_for_read(self, model: Any, **hints: Any) -> str:
        return TENANT_ALIAS if is_tenant_app(model._meta.app_label) else CONTROL_ALIAS

    def db_for_write(self, model: Any, **hints: Any) -> str:
        instance = hints.get("instance")
        # What was created as part of provisioning is finished in the same transaction.
        if instance is not None and instance._state.db == OWNER_ALIAS:
            return OWNER_ALIAS
        return self.db_for_read(model)

    def allow_relation(self, first: Any, second: Any, **hints: Any) -> bool:
        return is_tenant_app(first._meta.app_label) == is_tenant_app(second._meta.app_label)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        if db != OWNER_ALIAS:
            return False
        in_public = connections[db].schema_name == get_public_schema_name()
        return is_tenant_app(app_label) != in_public
