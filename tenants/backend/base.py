"""Which company's rows may the next statement see? The database engine that answers, and fails when it cannot.

django-tenants selects a company with `SET search_path` and swallows the error when that statement fails, after which
the next query runs on whatever company the connection held before. Here the selection is confirmed or the query does
not run. Three further differences close the ways around it:

* the search path is the company's schema alone, so a missing table never resolves to `public`;
* on the tenant alias the company's own database role is taken on with the schema, in one message, so that even raw SQL
  reads nothing of another company (`ROLE_PER_COMPANY` in the alias's settings);
* every statement goes by the extended protocol, which admits a single command, so a role cannot be changed by a
  statement smuggled in behind another.

What outlives the selection keeps to it: a cursor is refused once its connection serves another company, and what is
put off until the commit runs in the company that put it off.
"""

from collections.abc import Callable
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django_tenants.postgresql_backend import base as django_tenants_backend
from django_tenants.utils import get_public_schema_name, quote_schema_name

from tenants.backend.cursors import CompanyCursor, CompanyDebugCursor, ExtendedOnlyCursor, TenantNotSelected
from tenants.backend.pooling import require_own_sessions
from tenants.backend.schema import SchemaEditor

_proven: set[tuple[str, str]] = set()  # the servers whose sessions this process has found to be its own


class DatabaseWrapper(django_tenants_backend.DatabaseWrapper):
    SchemaEditorClass = SchemaEditor

    @property
    def _takes_roles(self) -> bool:
        return bool(self.settings_dict.get("ROLE_PER_COMPANY"))

    def get_connection_params(self) -> dict[str, Any]:
        params = super().get_connection_params()
        if self._takes_roles:
            params["cursor_factory"] = ExtendedOnlyCursor
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if self._takes_roles:
            self.require_own_sessions(conn_params)
        return super().get_new_connection(conn_params)

    def require_own_sessions(self, conn_params: dict[str, Any] | None = None) -> None:
        """Raises SessionsAreShared. Two connections of its own, past the pool, and only the first time."""
        params = conn_params or self.get_connection_params()
        server = (str(params.get("host")), str(params.get("port")))
        if server not in _proven:
            with self.wrap_database_errors:
                require_own_sessions(lambda: psycopg.connect(**params, autocommit=True))
            _proven.add(server)

    def make_cursor(self, cursor: Any) -> CompanyCursor:
        return CompanyCursor(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> CompanyDebugCursor:
        return CompanyDebugCursor(cursor, self)

    def on_commit(self, func: Callable[[], object], robust: bool = False) -> None:
        tenant = self.tenant

        def in_its_company() -> None:
            before = self.tenant
            self.set_tenant(tenant)
            try:
                func()
            finally:
                self.set_tenant(before)

        super().on_commit(in_its_company, robust)

    def set_tenant(self, tenant: Any, include_public: bool = False) -> None:
        super().set_tenant(tenant, include_public=False)

    def init_connection_state(self) -> None:
        # Django opens cursors here before any company is chosen: they run as the log-in role.
        self._setting_search_path = True
        try:
            super().init_connection_state()
        finally:
            self._setting_search_path = False
            self.search_path_set_schemas = None

    def role_for(self, schema_name: str) -> str:
        """A company's database role. Roles are shared by a whole cluster, hence the database's name in front."""
        return f"{self.settings_dict['NAME']}_{schema_name}"

    def _handle_search_path(self, cursor: Any = None) -> None:
        if self._setting_search_path:
            return
        if not self.schema_name:
            raise ImproperlyConfigured("No company is selected on this connection.")
        paths = self._get_cursor_search_paths()
        if self.connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
            # The transaction is dead: PostgreSQL refuses whatever follows, and only a rollback is of use.
            self.search_path_set_schemas = None
            return
        result = self.connection.pgconn.exec_(self._selection(paths).encode())
        if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
            self.search_path_set_schemas = None
            raise TenantNotSelected(result.error_message.decode(errors="replace").strip())
        self.search_path_set_schemas = paths

    def _selection(self, paths: list[str]) -> str:
        """The message that takes on role and schema. It holds validated names only, never anyone's text."""
        path = ", ".join(quote_schema_name(name) for name in paths)
        message = f"SET search_path = {path}"
        if self._takes_roles:
            public = self.schema_name == get_public_schema_name()
            role = "NONE" if public else quote_schema_name(self.role_for(self.schema_name))
            message = f"SET ROLE {role}; {message}"
        starts_transaction = (
            not self.connection.autocommit
            and self.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        )
        return f"BEGIN; {message}" if starts_transaction else message
