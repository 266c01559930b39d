"""A company that is shut out, in every way in at once."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.timezone import now

from accounts.models import ApiToken, Role, User
from accounts.sessions import COMPANY_KEY, OPERATORS
from tenants.audit import Actor
from tenants.middleware import CompanyMiddleware
from tenants.models import AuditEvent, Company, Connection, RunState, SyncRun
from tenants.provisioning import host_for
from tenants.suspension import AwaitsDeletion, resume, suspend
from tenants.sync_requests import NotConnected, request_sync
from tests.accounts.people import browser, log_in, member_of, sign_in

pytestmark = pytest.mark.django_db
OPERATOR = Actor("op@platform.example", "192.0.2.9")


def _connected(company: Company) -> Connection:
    return Connection.objects.create(
        company=company, external_id=f"c-{company.slug}", integration_type="quickbooks", integration_name="QuickBooks"
    )


def test_a_page_open_in_a_browser_is_shut_at_the_next_request_and_opens_again(acme: Company) -> None:
    member = member_of(acme, Role.OWNER)
    reading = sign_in(member.user, acme)
    assert reading.get("/settings/profile").status_code == 200  # the host is now kept in this process
    assert suspend(acme, by=OPERATOR)
    answer = reading.get("/settings/profile")
    assert answer.status_code == 403 and "This company is suspended." in answer.content.decode()
    assert resume(acme, by=OPERATOR)
    assert reading.get("/settings/profile").status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/accounts/login/", "/accounts/signup/", "/invitations/x", "/handoff", "/nowhere"]
)
def test_every_address_says_so_and_does_nothing(acme: Company, path: str) -> None:
    suspend(acme, by=OPERATOR)
    for answer in (browser(acme).get(path), browser(acme).post(path)):
        assert answer.status_code == 403 and "This company is suspended." in answer.content.decode()


def test_nobody_signs_in(acme: Company) -> None:
    member = member_of(acme)
    suspend(acme, by=OPERATOR)
    client = browser(acme)
    assert log_in(client, member.user.email).status_code == 403
    assert "_auth_user_id" not in client.session


def test_a_token_is_refused_as_a_program_understands_it(acme: Company) -> None:
    member = member_of(acme, Role.ADMIN)
    _, text = ApiToken.issue(company=acme, user=member.user, name="sheet")
    headers = {"authorization": f"Bearer {text}"}
    assert browser(acme).get("/api/v1/runs", headers=headers).status_code == 200
    suspend(acme, by=OPERATOR)
    answer = browser(acme).get("/api/v1/runs", headers=headers)
    assert answer.status_code == 403 and answer.headers["content-type"] == "application/problem+json"


def test_syncs_under_way_are_stopped_and_none_begins(acme: Company) -> None:
    connection = _connected(acme)
    run, _ = request_sync(connection, trigger="manual")
    suspend(acme, by=OPERATOR)
    run.refresh_from_db()
    assert run.state == RunState.CANCELED
    with pytest.raises(NotConnected):
        request_sync(Connection.objects.get(pk=connection.pk), trigger="manual")


def test_a_sync_that_reads_is_told_to_stop(acme: Company) -> None:
    run = SyncRun.objects.create(connection=_connected(acme), trigger="manual", state=RunState.RUNNING)
    suspend(acme, by=OPERATOR)
    run.refresh_from_db()
    assert run.cancel_requested


def test_other_companies_notice_nothing(acme: Company, beta: Company) -> None:
    run, _ = request_sync(_connected(beta), trigger="manual")
    suspend(acme, by=OPERATOR)
    run.refresh_from_db()
    assert run.state == RunState.REQUESTED
    assert sign_in(member_of(beta).user, beta).get("/settings/profile").status_code == 200


def test_a_company_that_awaits_deletion_stays_shut(acme: Company) -> None:
    suspend(acme, by=OPERATOR)
    Company.objects.filter(pk=acme.pk).update(deletion_due_at=now())
    with pytest.raises(AwaitsDeletion):
        resume(acme, by=OPERATOR)
    assert Company.objects.get(pk=acme.pk).is_suspended


def test_the_host_of_a_company_that_was_deleted_is_unknown_at_once(acme: Company) -> None:
    middleware = CompanyMiddleware(lambda _: HttpResponse())
    assert middleware._company(host_for("acme")) == acme
    kept_until, _ = middleware.hosts[host_for("acme")]
    middleware.hosts[host_for("acme")] = (kept_until, Company(pk=acme.pk + 10**9, schema_name="t_gone"))
    assert middleware._company(host_for("acme")) is None


def test_suspending_twice_is_one_act(acme: Company) -> None:
    assert suspend(acme, by=OPERATOR) and not suspend(acme, by=OPERATOR)
    assert resume(acme, by=OPERATOR) and not resume(acme, by=OPERATOR)
    told = AuditEvent.objects.filter(company=acme, actor=OPERATOR.name).order_by("pk")
    assert [one.action for one in told] == ["company.suspended", "company.resumed"]
    assert {one.address for one in told} == {OPERATOR.address}


def test_an_operator_s_buttons_do_it(acme: Company) -> None:
    client = Client(headers={"host": "ops.localhost"})
    client.force_login(User.objects.create_user("op@platform.example", is_operator=True))
    session = client.session
    session[COMPANY_KEY] = OPERATORS
    session.save()
    page = f"/companies/{acme.pk}/"
    assert f"{page}suspend/" in client.get(page).content.decode()
    assert client.post(f"{page}suspend/").headers["location"] == page
    assert Company.objects.get(pk=acme.pk).is_suspended
    assert f"{page}resume/" in client.get(page).content.decode()
    client.post(f"{page}resume/")
    assert not Company.objects.get(pk=acme.pk).is_suspended
    assert AuditEvent.objects.filter(company=acme, actor="op@platform.example").count() == 2
