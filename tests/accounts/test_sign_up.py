"""From nothing to one's own company: sign up, confirm the address, create the company, walk over to its host."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Membership, Role, User
from accounts.views import entry
from tenants.models import Company
from tenants.provisioning import drop
from tests.accounts.people import PASSWORD, browser, member_of, person, sign_in


@pytest.fixture
def address(committed_db: None) -> Iterator[str]:
    """A company address of the test's own; what was made under it is removed."""
    slug = f"co-{uuid4().hex[:10]}"
    yield slug
    company = Company.objects.filter(slug=slug).first()
    if company is not None:
        drop(company)
    User.objects.filter(email=f"{slug}@people.example").delete()


def _form(html: str) -> tuple[str, dict[str, str]]:
    """Where the page's form leads, and what its hidden fields carry."""
    action = re.search(r'<form method="post" action="([^"]+)" data-continue', html)
    assert action
    return action[1], dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)"', html))


def _follow(html: str) -> Any:
    action, fields = _form(html)
    host, path = re.match(r"http://([^/]+)(/.*)", action).groups()  # type: ignore[union-attr]
    return Client(headers={"host": host, "origin": "http://localhost:8000"}), path, fields


def test_a_person_signs_up_creates_a_company_and_stands_in_it(address: str) -> None:
    email = f"{address}@people.example"
    client = browser()
    answer = client.post("/accounts/signup/", {"email": email, "password1": PASSWORD, "name": "Ada"})
    assert answer.headers["location"] == "/accounts/confirm-email/"
    (message,) = mail.outbox
    code = re.search(r"^([A-Z0-9]+(?:-[A-Z0-9]+)*)$", str(message.body), re.MULTILINE)
    assert code and message.to == [email]
    assert client.post("/accounts/confirm-email/", {"code": code[1]}).headers["location"] == "/"
    assert "You do not belong to a company yet" in client.get("/").content.decode()

    fields = {"name": "Ada & Sons", "slug": address, "currency": "EUR", "timezone": "Europe/Berlin"}
    answer = client.post("/companies/new", fields)
    assert answer.headers["location"] == f"/companies/{address}/enter"

    html = client.get(answer.headers["location"]).content.decode()
    assert "Continue to Ada &amp; Sons" in html
    over_there, path, token = _follow(html)
    answer = over_there.post(path, token)
    assert answer.status_code == 302 and answer.headers["location"] == "/"
    assert "Members" in over_there.get("/settings/members").content.decode()
    company = Company.objects.get(slug=address)
    assert (company.name, company.currency, company.timezone) == ("Ada & Sons", "EUR", "Europe/Berlin")
    assert Membership.objects.get(company=company).role == Role.OWNER
    assert User.objects.get(email=email).name == "Ada"


def test_an_address_that_is_taken_is_refused_beside_its_field(new_company: Callable[..., Any]) -> None:
    made = new_company()
    client = sign_in(made.owner)
    fields = {"name": "Again", "slug": made.company.slug, "currency": "USD", "timezone": "UTC"}
    answer = client.post("/companies/new", fields)
    assert answer.status_code == 200
    assert f"{made.company.slug}.localhost is taken" in answer.content.decode()
    assert Company.objects.filter(name="Again").count() == 0


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"slug": "Ops!"}, "Use lower-case letters"),
        ({"slug": "ops"}, "is reserved"),
        ({"slug": "-x"}, "Use lower-case letters"),
        ({"currency": "XYZ"}, "Select a valid choice"),
        ({"timezone": "Mars/Olympus"}, "Select a valid choice"),
        ({"name": ""}, "This field is required"),
        ({"name": "!!!", "slug": ""}, "no letters to make one from"),
    ],
)
@pytest.mark.django_db
def test_a_company_that_cannot_be_is_refused_in_words(fields: dict[str, str], complaint: str) -> None:
    good = {"name": "Nice Ltd", "slug": "nice", "currency": "USD", "timezone": "UTC"}
    answer = sign_in(person()).post("/companies/new", {**good, **fields})
    assert answer.status_code == 200 and complaint in answer.content.decode()


@pytest.mark.django_db
def test_one_person_cannot_fill_the_database_with_companies(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "MOST_OWNED", 1)
    client = sign_in(member_of(acme, Role.OWNER).user)
    fields = {"name": "One more", "slug": "one-more", "currency": "USD", "timezone": "UTC"}
    assert "the most one person may create" in client.post("/companies/new", fields).content.decode()


@pytest.mark.django_db
def test_nobody_signs_up_on_a_company_s_host_without_an_invitation(acme: Company) -> None:
    answer = browser(acme).post("/accounts/signup/", {"email": "new@people.example", "password1": PASSWORD})
    assert "join by invitation" in answer.content.decode()
    assert not User.objects.filter(email="new@people.example").exists()


@pytest.mark.django_db
def test_a_wrong_code_confirms_nothing() -> None:
    client = browser()
    client.post("/accounts/signup/", {"email": "new@people.example", "password1": PASSWORD})
    answer = client.post("/accounts/confirm-email/", {"code": "AAAAAA"})
    assert answer.status_code == 200
    assert client.get("/companies/new").headers["location"].startswith("/accounts/login/")


@pytest.mark.django_db
def test_the_welcome_page_offers_a_way_in() -> None:
    html = browser().get("/").content.decode()
    assert "/accounts/signup/" in html and "/accounts/login/" in html


@pytest.mark.django_db
def test_finding_a_company_does_not_say_which_exist(acme: Company) -> None:
    targets = [
        browser().post("/companies/find", {"slug": slug}).headers["location"] for slug in (acme.slug, "no-such-company")
    ]
    assert targets == ["http://acme.localhost:8000/", "http://no-such-company.localhost:8000/"]
