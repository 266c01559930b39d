"""What stands at the head of a page of figures: the day, the currencies, whether the source agrees, what is missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from django.urls import reverse

from accounts.roles import May
from aging.core.aging import BucketTotals
from aging.queries.standing import Counts, SourceStanding
from aging.web import formats
from aging.web.building.scales import BASIS_WORDS
from aging.web.connection_cards import SCOPE_WORDS, health_text
from aging.web.freshness import clock, has_failed
from aging.web.pages.common import CurrencyTab, HiddenField, Link, Notice, Period, TieOut
from aging.web.reader import Reader
from aging.web.run_progress import failure
from aging.web.state import State, month_end_after, month_end_before
from tenants.models import Connection

UNKNOWN = TieOut("unknown", "Not compared yet")


def period(state: State, path: str) -> Period:
    return Period(
        as_of=state.as_of,
        basis="due date" if state.basis == "due" else "issue date",
        previous_url=state.url(path, as_of=month_end_before(state.as_of)),
        next_url=state.url(path, as_of=month_end_after(state.as_of)),
        today_url=state.url(path, as_of=state.today),
        is_today=state.is_today,
    )


def with_currency(state: State, owed: Mapping[str, object], base: str) -> tuple[str, State]:
    """The currency to show, and the state that names it only where it is not the one that is shown anyway."""
    usual = base if base in owed else next(iter(owed), base)
    chosen = state.currency if state.currency in owed else usual
    return chosen, replace(state, currency="" if chosen == usual else chosen)


def tabs(
    state: State, path: str, totals: Mapping[str, BucketTotals], chosen: str, base: str
) -> tuple[CurrencyTab, ...]:
    """One a currency with its net receivables, the company's own first."""
    usual = base if base in totals else next(iter(totals), base)
    codes = sorted(totals, key=lambda code: (code != usual, code))
    return tuple(
        CurrencyTab(
            code, totals[code].net, state.url(path, currency="" if code == usual else code), is_current=code == chosen
        )
        for code in codes
    )


def hidden(state: State, *visible: str) -> tuple[HiddenField, ...]:
    """The parts of the state that the page's form has no field of its own for."""
    left_out = {"page", "as_of", "q", *visible}
    return tuple(HiddenField(name, value) for name, value in state.parameters.items() if name not in left_out)


def tie_out(reader: Reader, sources: Sequence[SourceStanding], currency: str) -> TieOut:
    """Whether our figures agree with each source's own in this currency (R12); green only to the cent."""
    told = [one for one in sources if one.is_published and (not one.verdicts or currency in one.verdicts)]
    if not told or any(not one.verdicts for one in told):
        return UNKNOWN
    missed = sum(abs(_difference(one.verdicts[currency])) for one in told)
    if missed or not all(one.verdicts[currency]["agrees"] for one in told):
        amount = formats.money_sym(missed, currency, reader.locale)
        return TieOut("differs", f"Differs by {amount}, see why", reverse("reconciliation"))
    days = {one.compared_on for one in told}
    has_reports = all(one.verdicts[currency]["reported_minor"] is not None for one in told)
    systems = _systems(reader, told)
    words = f"with {systems} to the cent" if has_reports else f"with the balances in {systems}"
    if days == {reader.state.as_of}:
        return TieOut("agrees", f"Agrees {words}")
    return TieOut("agrees", f"Agreed {words} on {formats.day(min(day for day in days if day))}")


def _difference(verdict: Mapping[str, int | None]) -> int:
    """What the source's own report says otherwise, or else its balances."""
    reported = verdict["reported_minor"]
    if reported is not None and reported != verdict["net_minor"]:
        return (verdict["net_minor"] or 0) - reported
    return (verdict["open_minor"] or 0) - (verdict["source_minor"] or 0)


def _systems(reader: Reader, told: Sequence[SourceStanding]) -> str:
    names = {one.pk: one.integration_name for one in reader.connections}
    known = sorted({names.get(one.connection_id, "the source") for one in told})
    return known[0] if len(known) == 1 else f"{len(told)} accounting systems"


def notices(reader: Reader, sources: Iterable[SourceStanding], counts: Counts, path: str) -> tuple[Notice, ...]:
    """Those of the sources, and that something is left out of every figure."""
    return (*notices_of_sources(reader, sources, path), *_quarantined(counts))


def notices_of_sources(reader: Reader, sources: Iterable[SourceStanding], path: str) -> tuple[Notice, ...]:
    """What is to be known before any figure is read: a day to come, a source that fails or keeps something back."""
    return (*_future(reader.state, path), *_health(reader), *_withheld(reader, sources))


def difference_words(reader: Reader, source: SourceStanding, currency: str) -> str:
    """Both figures and what lies between them, as compared (R12)."""
    verdict = source.verdicts[currency]

    def amount(minor: int) -> str:
        return formats.money_sym(minor, currency, reader.locale)

    names = {one.pk: one.integration_name for one in reader.connections}
    system, reported = names.get(source.connection_id, "The source"), verdict["reported_minor"]
    day = f" on {formats.day(source.compared_on)}" if source.compared_on else ""
    if reported is not None and reported != verdict["net_minor"]:
        ours, theirs, what = verdict["net_minor"], reported, "reports net receivables of"
    else:
        ours, theirs, what = verdict["open_minor"], verdict["source_minor"], "states balances of"
    return f"{system} {what} {amount(theirs)}{day}, we count {amount(ours)}: a difference of {amount(ours - theirs)}."


def _health(reader: Reader) -> Iterable[Notice]:
    may_connect = reader.may(May.CONNECT)
    for one in reader.connections:
        text = health_text(one, zone=reader.zone, is_admin=may_connect) if one.is_active else ""
        if text:
            link = Link("Reconnect" if may_connect else "See the connections", reverse("connections"))
            yield Notice("bad", text, link)
        elif one.is_active and has_failed(reader, one):
            yield _failure(reader, one)


def _failure(reader: Reader, connection: Connection) -> Notice:
    run = reader.runs[connection.pk]
    run.connection = connection
    last = connection.last_success_at
    since = f" Figures below are as of the last sync, {clock(last, reader)}." if last else ""
    return Notice("bad", f"{failure(run).sentence}{since}", Link("See the run", reverse("sync-run", args=[run.pk])))


def _withheld(reader: Reader, sources: Iterable[SourceStanding]) -> Iterable[Notice]:
    """A figure without its payments or credits is partial, and says so where it stands (S4)."""
    names = {one.pk: one.integration_name for one in reader.connections}
    link = Link("Reconnect with access", reverse("connections")) if reader.may(May.CONNECT) else None
    for one in sources:
        for kind, why in sorted(one.withheld.items()):
            words, system = SCOPE_WORDS.get(kind, kind), names.get(one.connection_id, "The source")
            if why == "forbidden":
                yield Notice("warn", f"{system} did not grant access to {words}, so {words} are missing.", link)
            else:
                yield Notice("info", f"{system} does not offer {words}, so {words} are missing.")


def _quarantined(counts: Counts) -> Iterable[Notice]:
    if counts.quarantined:
        records = "1 record" if counts.quarantined == 1 else f"{counts.quarantined:,} records"
        text = f"Partial: {records} could not be read and {'is' if counts.quarantined == 1 else 'are'} in no figure."
        yield Notice("warn", text, Link("See which", reverse("data-quality")))


def findings_notice(counts: Counts) -> tuple[Notice, ...]:
    if not counts.findings:
        return ()
    found = "1 finding" if counts.findings == 1 else f"{counts.findings:,} findings"
    text = f"{found} in what the accounting system sent, each with what we did about it."
    return (Notice("info", text, Link("See them", reverse("data-quality"))),)


def _future(state: State, path: str) -> Iterable[Notice]:
    if state.as_of > state.today:
        words = f"If nothing more is paid or invoiced until {formats.day(state.as_of)}"
        yield Notice("info", words, Link("Back to today", state.url(path, as_of=state.today)))


def subtitle(state: State) -> str:
    """The day and the basis in words, for exports: the same as under a page's title."""
    return f"As of {formats.day(state.as_of)}, aged by {BASIS_WORDS[state.basis]}"
