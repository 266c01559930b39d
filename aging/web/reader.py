"""Who reads which report? What every page of figures needs to know about the request, read once at its start."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.timezone import now

from accounts.access import current_membership, current_user
from accounts.roles import May, may
from aging.queries.settings import preferences
from aging.web.state import State, read_state
from tenants import connections as store
from tenants.clock import today_of
from tenants.models import Company, Connection, SyncRun

Orders = Callable[[int], Collection[str]]


def no_orders(_bucket_count: int) -> Collection[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Reader:
    """`runs` maps a connection to its newest sync run; `moment` is the time of the request."""

    company: Company
    role: str
    locale: str
    state: State
    connections: tuple[Connection, ...]
    runs: Mapping[int, SyncRun]
    moment: datetime

    def may(self, action: May) -> bool:
        return may(self.role, action)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.company.timezone)

    def source_name(self, connection_id: int) -> str:
        """The connection's name, where the company has several to tell apart."""
        if len(self.connections) < 2:
            return ""
        return next((str(store.confirmation_name(one)) for one in self.connections if one.pk == connection_id), "")


def read(request: HttpRequest, orders: Orders = no_orders) -> Reader:
    """Inside the company and, for pages that ask several questions, inside `snapshot()`.

    `orders` says what the page can be sorted by when there are so many buckets.
    """
    company: Company = request.tenant  # type: ignore[attr-defined]
    wanted = preferences()
    known = orders(len(wanted.scheme.buckets))
    return Reader(
        company=company,
        role=current_membership(request).role,
        locale=current_user(request).locale,
        state=read_state(request.GET.dict(), today=today_of(company), preferences=wanted, orders=known),
        connections=tuple(store.list_connections(company)),
        runs=store.newest_run_of_each(company),
        moment=now(),
    )
