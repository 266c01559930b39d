"""Which statements may a cursor send, and to which company's tables?

A cursor belongs to the company that was selected when it was opened. One that is kept, by a generator or a variable,
while its connection serves another company would otherwise run there unseen: here it is refused, and where its company
has been selected anew in between, schema and role are taken on again first. On the tenant alias a message carries one
command, so that no second statement rides behind the first.
"""

from typing import Any

from django.db.backends.postgresql.base import Cursor, CursorDebugWrapper
from django.db.backends.utils import CursorWrapper
from django.db.utils import OperationalError

SENDS_STATEMENTS = frozenset({"copy", "stream"})


class TenantNotSelected(OperationalError):
    """The company's schema or role could not be taken on; nothing was read."""


class ExtendedOnlyCursor(Cursor):
    """Django's cursor, but one command per message: PostgreSQL refuses a second statement."""

    def _execute_send(self, query: Any, *, force_extended: bool = False, binary: bool | None = None) -> None:
        super()._execute_send(query, force_extended=True, binary=binary)


class _StaysInItsCompany:
    def __init__(self, cursor: Any, db: Any) -> None:
        super().__init__(cursor, db)  # type: ignore[call-arg]
        self.schema_name = db.schema_name

    def _confirm(self) -> None:
        database = self.db  # type: ignore[attr-defined]
        if database.schema_name != self.schema_name:
            raise TenantNotSelected("A cursor was used after its connection had gone to another company.")
        if database.search_path_set_schemas is None:
            database._handle_search_path()

    def _execute(self, *arguments: Any) -> Any:
        self._confirm()
        return super()._execute(*arguments)  # type: ignore[misc]

    def _executemany(self, *arguments: Any) -> Any:
        self._confirm()
        return super()._executemany(*arguments)  # type: ignore[misc]

    def callproc(self, *arguments: Any) -> Any:
        self._confirm()
        return super().callproc(*arguments)  # type: ignore[misc]

    def __getattr__(self, name: str) -> Any:
        if name in SENDS_STATEMENTS:
            self._confirm()
        return super().__getattr__(name)  # type: ignore[misc]


class CompanyCursor(_StaysInItsCompany, CursorWrapper):
    pass


class CompanyDebugCursor(_StaysInItsCompany, CursorDebugWrapper):
    def copy(self, statement: Any) -> Any:
        self._confirm()
        return super().copy(statement)
