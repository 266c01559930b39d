"""The report's settings as they are and as proposed, with today's totals under both."""

from dataclasses import replace

from django.urls import reverse

from accounts.roles import May
from aging.core.buckets import DEFAULT_EDGES, BadEdges, BucketScheme
from aging.queries.proposal import Proposal, try_out
from aging.queries.settings import Preferences
from aging.web.building.scales import BASIS_WORDS
from aging.web.pages.common import Link, Notice, Option
from aging.web.pages.settings import ReportSettingsPage, SchemeForm, SchemeRow, SchemeSave, SchemeTable
from aging.web.reader import Reader
from aging.web.state import BASES

MOST_DIGITS = 6
BASIS_KEYS = {basis: key for key, basis in BASES.items()}  # as addresses and forms write it
STANDARD = Preferences(BucketScheme.from_edges(DEFAULT_EDGES), "due")


def read_proposal(edges: str, basis: str) -> Preferences:
    """What somebody typed: days apart by commas or spaces. Raises BadEdges with a sentence about what is wrong."""
    words = edges.replace(",", " ").replace(";", " ").split()
    odd = next((word for word in words if not _is_whole(word)), "")
    if odd:
        raise BadEdges(f"“{odd[:20]}” is not a whole number of days.")
    if basis not in BASES:
        raise BadEdges("Days count from the due date or from the issue date. Choose one.")
    return Preferences(BucketScheme.from_edges(int(word) for word in words), BASES[basis])


def _is_whole(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= MOST_DIGITS


def build_report_settings_page(
    reader: Reader, tabs: tuple[Link, ...], *, edges: str | None = None, basis: str | None = None
) -> ReportSettingsPage:
    """`edges` and `basis` as typed; None for what is not proposed. Only who may save is shown a proposal."""
    present = reader.state.preferences
    today = reader.state.today
    table = _table(present, try_out(present, present, as_of=today))
    page = ReportSettingsPage(tabs=tabs, present=table)
    if not reader.may(May.SETTINGS):
        return page
    typed = (_words(present) if edges is None else edges, BASIS_KEYS[present.basis] if basis is None else basis)
    page = replace(page, reset_url="" if present == STANDARD else reverse("report-settings-reset"))
    try:
        proposed = read_proposal(*typed)
    except BadEdges as error:
        return replace(page, form=_form(*typed, problem=str(error)))
    page = replace(page, form=_form(*typed))
    return page if proposed == present else _with_proposal(reader, page, proposed)


def _with_proposal(reader: Reader, page: ReportSettingsPage, proposed: Preferences) -> ReportSettingsPage:
    tried = try_out(reader.state.preferences, proposed, as_of=reader.state.today)
    return replace(
        page,
        proposed=_table(proposed, tried),
        notice=Notice("info", _effect(tried)),
        save=SchemeSave(reverse("report-settings"), _words(proposed), BASIS_KEYS[proposed.basis]),
    )


def _effect(tried: Proposal) -> str:
    if not tried.moved:
        return "No open invoice would be shown differently."
    invoices = "1 invoice is" if tried.moved == 1 else f"{tried.moved:,} invoices are"
    return f"This changes how {invoices} shown, of {tried.documents:,} open documents."


def _form(edges: str, basis: str, *, problem: str = "") -> SchemeForm:
    bases = tuple(Option(key, f"From the {BASIS_WORDS[known]}", key == basis) for key, known in BASES.items())
    return SchemeForm(edges, bases, reverse("report-settings"), problem)


def _words(preferences: Preferences) -> str:
    return ", ".join(str(edge) for edge in preferences.scheme.edges)


def _table(preferences: Preferences, tried: Proposal) -> SchemeTable:
    return SchemeTable(
        basis=BASIS_WORDS[preferences.basis],
        labels=tuple(bucket.label for bucket in preferences.scheme.buckets),
        rows=tuple(SchemeRow(one.currency, one.amounts, one.unapplied, one.net) for one in tried.totals),
    )
