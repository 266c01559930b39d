"""A difference from the source's own total is explained by its documents, each defect by the cause that it has."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from django.utils.timezone import now

from accounts.models import Role
from aging.core.money import to_minor
from aging.core.reconciliation import Cause
from aging.ingest import steps
from aging.models import BalanceSegment, Document, Publication, SourceAgedRow
from aging.queries.reconciliation import Reconciled, Verdict, list_agreements, list_comparisons, reconcile
from sandbox.agedreceivable import aged_receivables
from sandbox.faults import Rule
from sandbox.testing import Sandbox, serve
from tenants.clock import today_of
from tenants.context import tenant_context
from tests.accounts.people import member_of, sign_in
from tests.aging.web.sources import words_of
from tests.aging.web.synced import SyncedCompany, read_from, sync_new_company

pytestmark = pytest.mark.django_db
PATH = "/reconciliation"
ENCODER = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True)
class Books:
    """A synced company whose source still answers, so that it can be compared with again after it has changed."""

    synced: SyncedCompany
    sandbox: Sandbox
    report: bytes  # the source's own, as it was when the books were read

    def post(self, action: str, **wishes: Any) -> None:
        self.sandbox.post(self.synced.connection.external_id, action, **wishes)

    def true_report(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = msgspec.json.Decoder(float_hook=Decimal).decode(self.report)
        return found

    def compare(self, report: list[dict[str, Any]] | None = None) -> None:
        """With what the source says now, or with a report of the test's own."""
        if report is not None:
            body = ENCODER.encode(report).decode()
            self._fault(way="body", body=body, content_type="application/json")
        steps.compare(self.synced.run)

    def compare_refused(self, status: int) -> None:
        self._fault(way="status", status=status, times=None)
        steps.compare(self.synced.run)
        self.sandbox.world.faults.clear()

    def _fault(self, **wishes: Any) -> None:
        self.sandbox.world.faults.add(Rule(object="agedreceivable", **wishes))


@pytest.fixture(scope="module")
def _books(django_db_setup: None, django_db_blocker: Any) -> Iterator[Books]:
    with serve() as sandbox:
        with django_db_blocker.unblock(), read_from(sandbox):
            synced = sync_new_company(sandbox, "small")
            synced.hide()
        source = sandbox.books(synced.connection.external_id)
        yield Books(synced, sandbox, ENCODER.encode(aged_receivables(source, today_of(synced.company))))
        with django_db_blocker.unblock():
            synced.remove()


@pytest.fixture
def books(_books: Books, db: None) -> Iterator[Books]:
    _books.synced.show()
    with read_from(_books.sandbox), tenant_context(_books.synced.company):
        yield _books


def reconciled() -> tuple[Verdict, Reconciled]:
    (comparison,) = list_comparisons()
    (verdict,) = comparison.verdicts
    return verdict, reconcile(comparison, verdict)


def open_invoices(books: Books, count: int) -> list[tuple[str, int]]:
    """Ids and open amounts of invoices that are open today, and have been for a while."""
    today = today_of(books.synced.company)
    found = BalanceSegment.objects.filter(valid_from__lte=today, valid_to__gt=today, open_minor__gt=2_000)
    found = found.filter(document__kind="invoice", issued_date__lt=today).order_by("document_id")
    return list(found.values_list("document__source_id", "open_minor")[:count])


def rows_of(report: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for period in report[0]["periods"] for row in period["sub_items"]]


def lines_of(answer: Any) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_books_just_read_agree_and_no_document_differs(books):
    verdict, found = reconciled()
    assert verdict.reported_minor == verdict.net_minor != 0
    assert (found.difference_minor, found.unexplained_minor, found.differences) == (0, 0, ())
    page = words_of(books.synced.browser().get(PATH))
    assert "Agrees" in page and "Differs" not in page and "Cannot compare" not in page
    assert "Last 1 sync" in page and ": agreed" in page


def test_each_defect_is_named_by_its_cause_and_together_they_are_the_difference(books):
    """Planted in the source after the ledger was read; the ledger stays as it was."""
    (paid, paid_open), (reduced, _), (voided, voided_open) = open_invoices(books, 3)
    Document.objects.filter(source_id=voided).update(counts=False, status="VOIDED")
    BalanceSegment.objects.filter(document__source_id=voided).delete()
    books.post(
        "add_invoice",
        id="late-1",
        total="123.45",
        currency="USD",
        contact_id=Document.objects.first().customer.source_id,
    )
    books.post("pay_invoice", invoice_id=paid)
    books.post("pay_invoice", invoice_id=reduced, amount="10.00")
    books.compare()
    verdict, found = reconciled()
    assert {(one.cause, one.source_id, one.difference_minor) for one in found.differences} == {
        (Cause.MISSING_HERE, "late-1", -12_345),
        (Cause.MISSING_THERE, paid, paid_open),
        (Cause.DIFFERENT, reduced, 1_000),
        (Cause.EXCLUDED, voided, -voided_open),
    }
    assert found.difference_minor == verdict.net_minor - verdict.reported_minor
    assert found.explained_minor == found.difference_minor and found.unexplained_minor == 0
    page = books.synced.browser().get(PATH)
    for words in ("Differs", "Missing here", "Missing there", "Different open amount", "Left out by a rule"):
        assert words in words_of(page), words
    assert "The source calls it voided." in words_of(page)
    assert "Nothing is left over." in words_of(page)


def test_what_the_report_adds_up_to_and_does_not_list_is_unexplained_and_never_hidden(books):
    report = books.true_report()
    report[0]["total_amount"] += Decimal("0.07")
    rows_of(report)[0]["transaction"] = None
    nameless = to_minor(rows_of(report)[0]["balance_amount"], "USD")[0]
    books.compare(report)
    _, found = reconciled()
    assert found.difference_minor == -7 == found.explained_minor + found.unexplained_minor
    assert [one.difference_minor for one in found.differences] == [nameless]
    assert found.unexplained_minor == -7 - nameless
    assert "without saying for which document" in words_of(books.synced.browser().get(PATH))


def test_a_report_that_names_no_document_explains_nothing(books):
    report = books.true_report()
    report[0]["total_amount"] -= 5
    report[0]["periods"] = []
    books.compare(report)
    _, found = reconciled()
    assert (found.difference_minor, found.explained_minor, found.unexplained_minor) == (500, 0, 500)
    assert "names no document" in words_of(books.synced.browser().get(PATH))


def test_differences_that_cancel_are_no_green_mark(books):
    report = books.true_report()
    one, other = rows_of(report)[:2]
    one["balance_amount"] += 3
    other["balance_amount"] -= 3
    books.compare(report)
    verdict, found = reconciled()
    assert verdict.difference_minor == 0 and len(found.differences) == 2
    page = words_of(books.synced.browser().get(PATH))
    assert "Agrees in total" in page and "2 documents differ, and cancel out." in page


@pytest.mark.parametrize(("status", "words"), [(501, "offers no aged receivables"), (403, "did not grant access")])
def test_without_a_report_it_says_that_it_cannot_compare_and_why(books, status, words):
    books.compare_refused(status)
    verdict, found = reconciled()
    assert verdict.reported_minor is None and not found.differences
    assert not SourceAgedRow.objects.exists()
    page = words_of(books.synced.browser().get(PATH))
    assert "Cannot compare" in page and words in page and "We end on the balances it states." in page


def test_balances_that_are_not_met_differ_even_where_the_report_agrees(books):
    publication = Publication.objects.get()
    publication.comparison["verdicts"]["USD"]["source_minor"] += 41_207
    publication.save()
    verdict, found = reconciled()
    assert (verdict.difference_minor, found.difference_minor, found.unexplained_minor) == (-41_207,) * 3
    page = words_of(books.synced.browser().get(PATH))
    assert "Differs" in page and "Against the balances that the documents state." in page


def test_a_newer_sync_that_has_not_compared_yet_makes_no_use_of_older_verdicts(books):
    Publication.objects.create(connection_id=books.synced.connection.pk, sync_run_id=10**9, published_at=now())
    (comparison,) = list_comparisons()
    assert (comparison.compared_on, comparison.verdicts) == (None, ())
    assert [one.agrees for one in list_agreements(books.synced.connection.pk, count=30)] == [True, None]
    assert "Not compared yet" in words_of(books.synced.browser().get(PATH))


def test_comparing_again_replaces_the_rows_of_the_comparison_before(books):
    before = SourceAgedRow.objects.count()
    report = books.true_report()
    report[0]["periods"][-1]["sub_items"] = []
    books.compare(report)
    assert 0 < SourceAgedRow.objects.count() < before
    assert set(SourceAgedRow.objects.values_list("sync_run_id", flat=True)) == {books.synced.run.pk}


def test_the_file_holds_every_difference_and_adds_up(books):
    report = books.true_report()
    one, other = rows_of(report)[:2]
    one["balance_amount"] += 3
    other["transaction"]["id"] = "=SUM(A1)"
    report[0]["total_amount"] += 4
    books.compare(report)
    lines = lines_of(books.synced.browser().get("/exports/reconciliation.csv"))
    names, *rows = lines[3:]
    place = names.index("Difference")
    sums = {row[3]: Decimal(row[place]) for row in rows[-3:]}
    assert sum(Decimal(row[place]) for row in rows[:-3]) == sums["Explained"]
    assert sums["Explained"] + sums["Unexplained"] == sums["Difference"] == -4
    assert {row[3] for row in rows[:-3]} == {"Missing here", "Missing there", "Different open amount"}
    assert "'=SUM(A1)" in {row[names.index("Id")] for row in rows}


def test_reading_is_for_members_and_the_file_for_those_who_may_export(books, beta):
    viewer = books.synced.browser(Role.VIEWER)
    assert viewer.get(PATH).status_code == 200
    assert "Export the differences" not in viewer.get(PATH).text
    assert "Export the differences" in books.synced.browser(Role.FINANCE).get(PATH).text
    assert viewer.get("/exports/reconciliation.csv").status_code == 403
    stranger = sign_in(member_of(beta).user, books.synced.company)
    assert stranger.get(PATH).status_code == 302
    own = sign_in(member_of(beta, Role.ADMIN).user, beta).get(PATH)
    assert own.status_code == 200 and "Northgate" not in own.text
    assert viewer.post(PATH).status_code == 405


def test_a_report_that_differs_leads_here(books):
    report = books.true_report()
    report[0]["total_amount"] += 5
    books.compare(report)
    home = books.synced.browser().get("/")
    assert f'class="tie-out differs" href="{PATH}"' in home.text
    assert f'href="{PATH}"' in home.text.split('aria-label="Main"')[1].split("</nav>")[0]
