"""What a company's people read of who did what."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from django.utils.timezone import now

from accounts.models import Role, User
from tenants.audit import Actor, record_event
from tenants.audit_log import WORDS
from tenants.models import AuditEvent, Company
from tests.accounts.people import browser, log_in, member_of, sign_in
from tests.repository.tracked import text_of, tracked

pytestmark = pytest.mark.django_db
SOMEBODY = Actor("somebody@people.example", "192.0.2.1")


def _happened(company: Company, action: str = "member.removed", **fields: Any) -> None:
    record_event(action, by=fields.pop("by", SOMEBODY), company=company, **fields)


def _page(company: Company, query: str = "", role: Role = Role.VIEWER) -> str:
    answer = sign_in(member_of(company, role).user, company).get(f"/settings/audit{query}")
    assert answer.status_code == 200
    html: str = answer.content.decode()
    return html


def _body(html: str) -> str:
    return html.partition("<tbody>")[2].partition("</tbody>")[0]


def _file(company: Company, query: str = "") -> list[list[str]]:
    answer = sign_in(member_of(company, Role.FINANCE).user, company).get(f"/settings/audit.csv{query}")
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_it_says_who_did_what_to_whom_and_from_where(acme: Company) -> None:
    details = {"before": "viewer", "after": "admin"}
    _happened(acme, "member.role_changed", subject="x@people.example", details=details)
    html = _body(_page(acme))
    for words in ("somebody@people.example", "changed a role", "x@people.example", "before viewer, after admin"):
        assert words in html
    assert "192.0.2.1" in html


def test_another_company_s_events_are_in_neither_page_nor_file_nor_filters(acme: Company, beta: Company) -> None:
    _happened(beta, subject="secret subject", by=Actor("their@beta.example"))
    assert "secret subject" not in _page(acme) and "their@beta.example" not in _page(acme)
    assert "secret subject" not in str(_file(acme)) and "their@beta.example" not in str(_file(acme))
    assert "secret subject" not in _page(acme, "?person=their@beta.example")


def test_it_is_filtered_by_person_action_and_day(acme: Company) -> None:
    _happened(acme, "token.issued", subject="first one", by=Actor("a@people.example"))
    _happened(acme, "token.revoked", subject="second one", by=Actor("b@people.example"))
    old = AuditEvent(company=acme, actor="a@people.example", action="sync.requested", subject="third one")
    old.at = now() - timedelta(days=40)
    old.save()

    def shown(query: str) -> set[str]:
        html = _body(_page(acme, query))
        return {word for word in ("first", "second", "third") if f"{word} one" in html}

    assert shown("") == {"first", "second", "third"}
    assert shown("?person=a@people.example") == {"first", "third"}
    assert shown("?action=token.revoked") == {"second"}
    border = (now() - timedelta(days=20)).date().isoformat()
    assert shown(f"?since={border}") == {"first", "second"}
    assert shown(f"?until={border}") == {"third"}
    assert shown(f"?until={old.at.astimezone(UTC).date()}") == {"third"}


def test_a_day_is_one_of_the_company_s_time_zone(acme: Company) -> None:
    Company.objects.filter(pk=acme.pk).update(timezone="Pacific/Auckland")
    from tenants import audit_log

    acme.refresh_from_db()
    at = datetime(2026, 3, 9, 23, 0, tzinfo=UTC)  # the 10th in Auckland
    AuditEvent.objects.create(company=acme, actor="x", action="token.issued", at=at)
    for day, count in ((9, 0), (10, 1), (11, 0)):
        wanted = audit_log.Wanted(since=at.date().replace(day=day), until=at.date().replace(day=day))
        assert audit_log.list_events(acme, wanted, first=0, count=5)[1] == count


@pytest.mark.parametrize(
    "query", ["?page=0&since=x&until=9999-99-99", "?page=99999999", "?person=%00&since=0001-01-01"]
)
def test_a_malformed_address_shows_the_log_all_the_same(acme: Company, query: str) -> None:
    assert "<h1>Audit log" in _page(acme, query)


def test_a_long_log_comes_in_pages_and_the_file_holds_all_of_it(acme: Company) -> None:
    for number in range(120):
        _happened(acme, subject=f"member {number:03}")
    html = _page(acme, "?action=member.removed")
    assert "of 120." in html and "member 119" in html and "member 060" not in html
    assert "action=member.removed&amp;page=2" in html
    assert "member 060" in _page(acme, "?action=member.removed&page=2")
    assert len(_file(acme, "?action=member.removed")) == 121


def test_the_file_holds_no_formula_and_its_taking_is_written_down(acme: Company) -> None:
    _happened(acme, subject='=HYPERLINK("https://evil.example")', by=Actor("+1@people.example"))
    cells = [cell for line in _file(acme) for cell in line]
    assert '\'=HYPERLINK("https://evil.example")' in cells and "'+1@people.example" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert AuditEvent.objects.filter(company=acme, action="audit.exported").count() == 1


def test_the_file_is_for_those_who_may_export(acme: Company) -> None:
    assert "/settings/audit.csv" not in _page(acme)
    assert sign_in(member_of(acme, Role.VIEWER).user, acme).get("/settings/audit.csv").status_code == 403
    assert browser(acme).get("/settings/audit").status_code == 302


@pytest.mark.parametrize("statement", ["UPDATE tenants_auditevent SET actor = ''", "DELETE FROM tenants_auditevent",
                                       "TRUNCATE tenants_auditevent"])  # fmt: skip
def test_what_the_product_runs_as_cannot_change_or_remove_an_event(acme: Company, statement: str) -> None:
    _happened(acme)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(using="control"):
        connections["control"].cursor().execute(statement)
    assert AuditEvent.objects.filter(company=acme, actor=SOMEBODY.name).exists()


def test_signing_in_and_failing_to_are_in_the_company_s_log(acme: Company) -> None:
    user: User = member_of(acme).user
    log_in(browser(acme), user.email, "wrong")
    log_in(browser(acme), user.email)
    html = _body(_page(acme))
    assert html.count("failed to sign in") == 1 and ">signed in<" in html and "127.0.0.1" in html


def test_every_action_that_the_product_records_has_words() -> None:
    recording = re.compile(r'(?:record_event|_record|_set_paused)\((?:[^()]|\([^()]*\))*?"([a-z_]+\.[a-z_]+)"')
    sources = [name for name in tracked() if re.match(r"(accounts|tenants|aging)/.*\.py$", name)]
    recorded = {found for name in sources for found in recording.findall(text_of(name))}
    assert len(recorded) > 25
    assert recorded - {"operator.made"} <= set(WORDS), recorded - set(WORDS)
