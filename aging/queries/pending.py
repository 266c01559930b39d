"""Which payments of an invoice are under way? They are shown and do not reduce what is open (S4)."""

from dataclasses import dataclass
from datetime import date

from aging.queries import scripts


@dataclass(frozen=True, slots=True)
class PendingPayment:
    """`amount_minor` is the largest that one door claims: the same payment seen twice is one payment."""

    document_id: int
    number: str
    source_id: str
    issued_date: date
    amount_minor: int


def pending_payments(document_id: int, *, until: date) -> list[PendingPayment]:
    found = scripts.rows("pending_payments", {"document": document_id, "until": until})
    return [PendingPayment(**row) for row in found]
