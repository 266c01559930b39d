"""Programs read the same document as the command line, with a token of the company and no other."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils.timezone import now

from accounts.models import ApiToken, Role
from tests.accounts.people import browser, member_of, sign_in

pytestmark = pytest.mark.django_db


class Program:
    """A client with a token that reads JSON."""

    def __init__(self, company, token: str) -> None:
        self.client, self.token = browser(company), token

    def get(self, address: str):
        return self.client.get(f"/api/v1/{address}", headers={"authorization": f"Bearer {self.token}"})

    def read(self, address: str):
        answer = self.get(address)
        assert answer.status_code == 200, answer.content
        return answer.json()


def token_of(company, role: Role = Role.VIEWER, **fields) -> str:
    user = member_of(company, role).user
    return ApiToken.issue(company=company, user=user, name="robot", **fields)[1]


@pytest.fixture
def program(synced_company) -> Program:
    return Program(synced_company.company, token_of(synced_company.company))


def told_by_the_command(synced_company, *options: str):
    out = StringIO()
    call_command("aging", synced_company.company.slug, *options, "--json", stdout=out)
    return json.loads(out.getvalue())


def without_pages(document):
    for part in document["currencies"]:
        part.pop("customers_page", None)
        part.pop("invoices_page", None)
    return document


@pytest.mark.parametrize(
    ("address", "options"),
    [
        ("aging", ()),
        ("aging?detail=customers", ("--detail", "customers")),
        ("aging?detail=invoices", ("--detail", "invoices")),
        (
            "aging?as_of=2026-06-30&basis=issued&currency=JPY&detail=invoices",
            ("--as-of", "2026-06-30", "--basis", "issued", "--currency", "JPY", "--detail", "invoices"),
        ),
    ],
)
def test_the_api_and_the_command_tell_the_same(synced_company, program, address, options):
    told = without_pages(program.read(address))
    assert told == told_by_the_command(synced_company, *options)
    assert told["currencies"]


def test_amounts_are_text_with_the_currencys_own_decimals_and_credits_do_not_age(program):
    parts = {part["currency"]: part for part in program.read("aging?detail=invoices")["currencies"]}
    assert "." not in parts["JPY"]["totals"]["gross"]
    assert parts["USD"]["totals"]["gross"][-3] == "."
    credits = [one for one in parts["USD"]["invoices"] if one["bucket"] == "unapplied"]
    assert credits
    assert all(one["outstanding"].startswith("-") and one["days_past_due"] is None for one in credits)


def test_lists_come_in_pages_and_totals_stay_whole(program):
    whole = program.read("aging?detail=invoices&currency=EUR")["currencies"][0]
    customers, invoices, number = [], [], 1
    while len(invoices) < whole["invoices_page"]["total"]:
        part = program.read(f"aging?detail=invoices&currency=EUR&per_page=40&page={number}")["currencies"][0]
        assert part["totals"] == whole["totals"]
        assert part["invoices"]
        customers += part["customers"]
        invoices += part["invoices"]
        number += 1
    assert number > 3
    assert invoices == whole["invoices"]
    assert customers == whole["customers"]
    assert part["customers_page"] == {"page": number - 1, "per_page": 40, "total": len(customers)}


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer rcv_wrong", "Basic abc", "rcv_wrong", "Bearer \xff"])
def test_without_a_good_token_nothing_is_told(synced_company, header):
    headers = {"authorization": header} if header else {}
    answer = browser(synced_company.company).get("/api/v1/aging", headers=headers)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert set(answer.json()) == {"type", "title", "status", "detail"}


def test_a_token_opens_its_own_company_only(synced_company, acme):
    stranger = Program(synced_company.company, token_of(acme, Role.OWNER))
    assert stranger.get("aging").status_code == 401
    assert Program(acme, token_of(acme)).get("aging").status_code == 200


def test_an_ended_token_and_a_session_open_nothing(synced_company):
    company = synced_company.company
    assert Program(company, token_of(company, expires_at=now() - timedelta(seconds=1))).get("aging").status_code == 401
    assert sign_in(member_of(company).user, company).get("/api/v1/aging").status_code == 401


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("as_of=2026-02-30", "as_of"),
        ("as_of=1761868800", "as_of"),
        ("as_of=%00", "as_of"),
        ("as_of=9999-01-01", "as_of"),
        ("basis=paid", "basis"),
        ("currency=DOLLARS", "currency"),
        ("currency=%00%00%00", "currency"),
        ("detail=all", "detail"),
        ("page=0", "page"),
        ("page=99999999999999999999", "page"),
        ("per_page=NaN", "per_page"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(program, query, parameter):
    answer = program.get(f"aging?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    body = answer.json()
    assert (body["status"], body["parameter"]) == (422, parameter)
    assert body["title"]
    assert body["detail"]


def test_parameters_that_nobody_knows_are_ignored(program):
    assert program.read("aging?colour=blue&bucket=9") == program.read("aging")


def test_the_list_of_customers_and_of_documents_are_those_of_the_report(program):
    report = program.read("aging?detail=invoices")
    customers = program.read("customers")["currencies"]
    assert [part["customers"] for part in customers] == [part["customers"] for part in report["currencies"]]
    invoices = program.read("invoices?currency=USD&per_page=5000")
    mine = next(part for part in report["currencies"] if part["currency"] == "USD")
    told = [
        {key: value for key, value in one.items() if key not in ("currency", "status")} for one in invoices["invoices"]
    ]
    assert told == mine["invoices"]
    settled = program.read("invoices?status=settled&per_page=10")
    assert {one["outstanding"].strip("0.") for one in settled["invoices"]} == {""}


def test_findings_and_runs_can_be_read(synced_company, program):
    findings = program.read("findings?per_page=5")
    assert len(findings["findings"]) == 5 < findings["page"]["total"]
    assert findings["findings"][0]["title"]
    (run,) = program.read("runs")["runs"]
    assert (run["run_id"], run["state"], run["agrees"]) == (synced_company.run.pk, "succeeded", True)


def test_another_address_below_the_apis_is_a_problem_too(program):
    answer = program.get("everything")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_the_api_describes_itself_without_a_word_of_script_in_the_page(synced_company):
    client: Client = browser(synced_company.company)
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    assert "unsafe-inline" not in page["Content-Security-Policy"]
    described = client.get("/api/v1/openapi.json").json()
    assert set(described["paths"]) == {
        f"/api/v1/{name}" for name in ("aging", "customers", "invoices", "findings", "runs")
    }
