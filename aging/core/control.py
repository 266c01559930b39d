"""Does the ledger end where the source says it does?

Every report carries its control (R12): for the documents whose balance the source states, the open
amounts shown must be the balances stated. The figures are green only when no document differs; a sum in
which two differences cancel is not.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from aging.core.ledger import Ledger
from aging.core.records import Document, DocumentKey, DocumentKind


@dataclass(frozen=True, slots=True)
class ControlTotal:
    """In minor units, credits negative. `differing` maps each document that differs to shown minus stated."""

    stated_minor: int
    shown_minor: int
    differing: Mapping[DocumentKey, int]

    @property
    def difference_minor(self) -> int:
        return self.shown_minor - self.stated_minor

    @property
    def is_green(self) -> bool:
        return not self.differing


def control_totals(ledger: Ledger, *, today: date) -> dict[str, ControlTotal]:
    """By currency, the source's balances against the ledger as of today: a balance speaks about now."""
    stated: defaultdict[str, int] = defaultdict(int)
    shown: defaultdict[str, int] = defaultdict(int)
    differing: defaultdict[str, dict[DocumentKey, int]] = defaultdict(dict)
    for key, document in ledger.documents.items():
        balance = _stated_balance(document, today)
        if balance is None:
            continue
        open_minor = ledger.open_minor(key, as_of=today)
        stated[document.currency] += balance
        shown[document.currency] += open_minor
        if open_minor != balance:
            differing[document.currency][key] = open_minor - balance
    return {
        currency: ControlTotal(stated[currency], shown[currency], differing[currency]) for currency in sorted(stated)
    }


def _stated_balance(document: Document, today: date) -> int | None:
    """Signed as a receivable; None where the source is silent or the document does not count today (R2)."""
    if not document.counts or document.issued_date > today or document.balance_minor is None:
        return None
    if document.kind is DocumentKind.INVOICE:
        return document.balance_minor
    return -document.balance_minor if document.kind is DocumentKind.CREDIT_MEMO else None
