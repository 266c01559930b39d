"""Which accounting systems can be connected, and what can each of them do?

The differences are the point: page sizes, total counts and missing objects vary between real integrations,
and a client that only ever met one of them would rely on its habits.
"""

from dataclasses import dataclass

from sandbox.books import CATEGORIES
from sandbox.wire import Object

READ_SCOPES = tuple(f"{category}_{kind}_read" for kind, category in CATEGORIES.items())


@dataclass(frozen=True, slots=True)
class Integration:
    type: str
    name: str
    color: str
    text_color: str = "#ffffff"
    page_max: int = 100
    total_count: bool = False
    unsupported: frozenset[str] = frozenset()
    categories: tuple[str, ...] = ("accounting", "payment")

    def summary(self) -> Object:
        return {
            "type": self.type,
            "name": self.name,
            "categories": list(self.categories),
            "color": self.color,
            "text_color": self.text_color,
            "is_active": True,
        }

    def full(self) -> Object:
        support = {
            f"{category}_{kind}": self._support()
            for kind, category in CATEGORIES.items()
            if kind not in self.unsupported
        }
        return self.summary() | {
            "rate_limit_description": "The sandbox sets no limit of its own.",
            "support": support,
        }

    def _support(self) -> Object:
        supported = (
            "list_limit",
            "list_offset",
            "list_sort_by_updated_at",
            "list_sort_by_created_at",
            "list_updated_gte",
        )
        return {
            "raw_objects": [],
            "methods": {"list": True, "get": True},
            "webhook_events": {event: ["virtual"] for event in ("created", "updated", "deleted")},
        } | dict.fromkeys(supported, "supported")


INTEGRATIONS = {
    integration.type: integration
    for integration in (
        Integration("quickbooks", "QuickBooks Online", "#2ca01c", total_count=True),
        Integration("xero", "Xero", "#0b7fab", total_count=True),
        Integration("sageaccounting", "Sage Accounting", "#00713d"),
        Integration("netsuite", "NetSuite", "#125580", total_count=True),
        Integration("freshbooks", "FreshBooks", "#0063c1", page_max=50, unsupported=frozenset({"agedreceivable"})),
        Integration("zohobooks", "Zoho Books", "#c8202f"),
        Integration("businesscentral", "Dynamics 365 Business Central", "#00637c", total_count=True),
        Integration(
            "wave",
            "Wave",
            "#1c3f94",
            unsupported=frozenset({"agedreceivable", "creditmemo", "refund", "paymentterm"}),
        ),
    )
}
