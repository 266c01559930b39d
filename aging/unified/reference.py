"""What do an organization and its payment terms say about documents that leave things unsaid?"""

from collections.abc import Iterable

from aging.core.dates import terms_days
from aging.core.money import UnknownCurrency, currency_code
from aging.unified.payloads import Organization, PaymentTerm
from aging.unified.reading import text, word

_LONGEST_TERM = 3650  # days


def base_currency(organizations: Iterable[Organization]) -> str | None:
    """The one currency of the connected books (S7); None where they name none, or several."""
    named = {text(one.currency).strip() for one in organizations if not one.is_elimination} - {""}
    if len(named) != 1:
        return None
    try:
        return currency_code(named.pop())
    except UnknownCurrency:
        return None


def days_by_term(terms: Iterable[PaymentTerm]) -> dict[str, int]:
    """Days from issue to due for each term that is a number of days; one tied to a day of the month is not."""
    days = {text(term.id): _days(term) for term in terms}
    return {term_id: count for term_id, count in days.items() if count is not None}


def _days(term: PaymentTerm) -> int | None:
    if word(term.category) == "DATE_DRIVEN":
        return None
    given = term.due_days
    if given is not None and given.is_finite() and 0 <= given <= _LONGEST_TERM and given == int(given):
        return int(given)
    return terms_days(text(term.type))
