"""Which kinds of record are fetched, from where, and in which order?

Parents come before children: the organization gives the currency of documents that name none, payment terms
give due dates, contacts the names. Payments live in the API's payment category and need their own
permissions; the same connection id serves both categories.

Every list is asked for exactly the fields of its struct. A field that costs the accounting system an extra
call is left out of the answer unless it is named, and then `payments` or `applications` would look empty when
they are not.
"""

from dataclasses import dataclass
from typing import Final

from aging.unified import payloads


@dataclass(frozen=True, slots=True)
class ObjectType:
    name: str
    category: str
    struct: type[payloads.Payload]
    is_ledger: bool = True  # an incomplete list of these would falsify figures

    @property
    def scope(self) -> str:
        return f"{self.category}_{self.name}_read"

    @property
    def event_object(self) -> str:
        """Its name in webhooks."""
        return f"{self.category}_{self.name}"

    @property
    def fields(self) -> tuple[str, ...]:
        return self.struct.__struct_fields__


OBJECT_TYPES: Final[tuple[ObjectType, ...]] = (
    ObjectType("organization", "accounting", payloads.Organization, is_ledger=False),
    ObjectType("paymentterm", "accounting", payloads.PaymentTerm, is_ledger=False),
    ObjectType("contact", "accounting", payloads.Contact),
    ObjectType("invoice", "accounting", payloads.Invoice),
    ObjectType("creditmemo", "accounting", payloads.CreditMemo),
    ObjectType("payment", "payment", payloads.Payment),
    ObjectType("refund", "payment", payloads.Refund),
    ObjectType("agedreceivable", "accounting", payloads.AgedReceivable, is_ledger=False),
)
BY_NAME: Final[dict[str, ObjectType]] = {one.name: one for one in OBJECT_TYPES}
READ_SCOPES: Final[tuple[str, ...]] = tuple(one.scope for one in OBJECT_TYPES)


class UnknownObjectType(LookupError):
    """Not one of the kinds of record that the product reads."""


def object_type(name: str) -> ObjectType:
    if name not in BY_NAME:
        raise UnknownObjectType(f"{name!r} is not one of {', '.join(BY_NAME)}")
    return BY_NAME[name]
