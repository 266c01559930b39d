"""Who is this customer, as the accounting system describes them?"""

from dataclasses import dataclass

from aging.models import Customer


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """`is_placeholder` marks one that documents name and the source never sent: its name is its identifier."""

    id: int
    source_id: str
    connection_id: int
    name: str
    email: str
    phone: str
    currency: str
    is_active: bool
    is_placeholder: bool


@dataclass(frozen=True, slots=True)
class Namesake:
    id: int
    connection_id: int


def get_customer(customer_id: int) -> CustomerRecord | None:
    columns = CustomerRecord.__dataclass_fields__
    found = Customer.objects.filter(pk=customer_id).values(*columns).first()
    return CustomerRecord(**found) if found else None


def list_namesakes(customer: CustomerRecord) -> list[Namesake]:
    """Customers of other connections with the same name: shown separately, and said so."""
    others = Customer.objects.filter(name=customer.name).exclude(connection_id=customer.connection_id)
    return [Namesake(**row) for row in others.order_by("id").values("id", "connection_id")[:10]]
