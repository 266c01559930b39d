"""Logging in on a company's host, on the operators' host and on the bare domain."""

import re

import pytest
from django.core import mail

from accounts.models import Membership, Role
from accounts.sessions import BEGAN_KEY, SEEN_KEY
from tenants.models import AuditEvent, Company
from tests.accounts.people import PASSWORD, browser, log_in, member_of, operators_browser, person, sign_in

pytestmark = pytest.mark.django_db

ROUTE = "/settings/profile"


def test_a_member_logs_in_on_the_company_s_own_host(acme: Company) -> None:
    member = member_of(acme)
    client = browser(acme)
    assert acme.name in client.get("/accounts/login/").content.decode()
    assert log_in(client, member.user.email).status_code == 302
    assert client.get(ROUTE).status_code == 200


def test_a_person_of_another_company_is_refused_and_told_nothing(acme: Company, beta: Company) -> None:
    stranger = member_of(beta)
    client = browser(acme)
    answer = log_in(client, stranger.user.email)
    assert answer.status_code == 403
    assert acme.name not in answer.content.decode()
    assert client.get(ROUTE).headers["location"].startswith("/accounts/login/")


def test_a_refused_log_in_leaves_no_half_way_state_behind(acme: Company, beta: Company) -> None:
    client = browser(acme)
    log_in(client, member_of(beta).user.email)
    assert not [key for key, _ in client.session.items() if key.startswith("account_")]


def test_a_session_of_one_company_is_worth_nothing_at_another(acme: Company, beta: Company) -> None:
    member = member_of(acme)
    Membership.objects.create(user=member.user, company=beta, role=Role.VIEWER)
    at_acme = sign_in(member.user, acme)
    at_beta = browser(beta)
    at_beta.cookies = at_acme.cookies
    assert at_beta.get(ROUTE).headers["location"].startswith("/accounts/login/")


def test_a_session_of_the_bare_domain_opens_neither_a_company_nor_the_operators_host(acme: Company) -> None:
    member = member_of(acme, is_operator=True)
    bare = sign_in(member.user)
    for elsewhere in (browser(acme), operators_browser()):
        elsewhere.cookies = bare.cookies.copy()
        assert elsewhere.get("/accounts/2fa/").headers["location"].startswith("/accounts/login/")


@pytest.mark.parametrize("ending", ["removed", "deactivated", "account switched off"])
def test_access_ends_with_the_next_request(acme: Company, ending: str) -> None:
    member = member_of(acme)
    client = sign_in(member.user, acme)
    assert client.get(ROUTE).status_code == 200
    if ending == "removed":
        member.delete()
    elif ending == "deactivated":
        Membership.objects.filter(pk=member.pk).update(is_active=False)
    else:
        type(member.user).objects.filter(pk=member.user_id).update(is_active=False)
    assert client.get(ROUTE).headers["location"].startswith("/accounts/login/")


def test_only_operators_log_in_on_the_operators_host(acme: Company) -> None:
    client = operators_browser()
    assert log_in(client, member_of(acme).user.email).status_code == 403
    assert log_in(client, person(is_operator=True).email).status_code == 302
    assert client.get("/accounts/2fa/").status_code == 200


@pytest.mark.parametrize(
    "next_page",
    [
        "//evil.example/",
        "https://evil.example/",
        "https:evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http://beta.localhost/",
        "http://acme.localhost@evil.example/",
        "http:///evil.example",
        "\thttps://evil.example",
    ],
)
def test_logging_in_never_leads_off_this_host(acme: Company, next_page: str) -> None:
    answer = log_in(browser(acme), member_of(acme).user.email, next=next_page)
    assert answer.headers["location"] == "/"


def test_logging_in_leads_back_to_the_page_asked_for(acme: Company) -> None:
    client = browser(acme)
    asked = client.get("/settings/members?x=1").headers["location"]
    assert asked == "/accounts/login/?next=%2Fsettings%2Fmembers%3Fx%3D1"
    answer = log_in(client, member_of(acme).user.email, next="/settings/members?x=1")
    assert answer.headers["location"] == "/settings/members?x=1"


def test_a_fragment_asked_for_without_a_session_sends_the_whole_page_to_the_log_in(acme: Company) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://acme.localhost/settings/members"}
    answer = browser(acme).get("/settings/profile", headers=headers)
    assert answer.headers["HX-Redirect"] == "/accounts/login/?next=%2Fsettings%2Fmembers"


def _sentences(answer: object) -> str:
    text = answer.content.decode()  # type: ignore[attr-defined]
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", text)


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(acme: Company) -> None:
    known = member_of(acme).user.email
    wrong = log_in(browser(acme), known, "not the password at all")
    unknown = log_in(browser(acme), "nobody@people.example", "not the password at all")
    assert wrong.status_code == unknown.status_code == 200
    assert "is not right" in wrong.content.decode()
    assert _sentences(wrong).replace(known, "") == _sentences(unknown).replace("nobody@people.example", "")


def test_asking_for_a_password_does_not_say_who_has_an_account(acme: Company) -> None:
    known = member_of(acme).user.email
    answers = [
        browser(acme).post("/accounts/password/reset/", {"email": email}) for email in (known, "nobody@people.example")
    ]
    assert len({(answer.status_code, answer.headers["location"]) for answer in answers}) == 1
    assert [message.to for message in mail.outbox] == [[known], ["nobody@people.example"]]


def test_signing_up_with_a_known_address_looks_like_any_sign_up() -> None:
    known = person().email
    answers = [
        browser().post("/accounts/signup/", {"email": email, "password1": "another long passphrase"})
        for email in (known, "new@people.example")
    ]
    assert len({(answer.status_code, answer.headers["location"]) for answer in answers}) == 1
    assert "already" in mail.outbox[0].subject


def test_guesses_are_counted_for_the_address_whatever_host_they_come_from(acme: Company, beta: Company) -> None:
    user = member_of(acme).user
    for attempt in range(5):
        log_in(browser((acme, beta, None)[attempt % 3]), user.email, "a wrong password")
    answer = log_in(browser(acme), user.email)
    assert "Too many attempts" in answer.content.decode()


def test_cookies_belong_to_one_host_and_to_no_script(acme: Company) -> None:
    client = browser(acme)
    client.get("/accounts/login/")
    log_in(client, member_of(acme).user.email)
    assert set(client.cookies) == {"__Host-sid", "__Host-csrf"}
    for cookie in client.cookies.values():
        assert cookie["secure"] and cookie["httponly"]
        assert cookie["samesite"] == "Lax" and cookie["path"] == "/" and not cookie["domain"]


def test_a_session_from_before_the_log_in_is_not_carried_on(acme: Company) -> None:
    client = browser(acme)
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.cookies["__Host-sid"] = planted
    log_in(client, member_of(acme).user.email)
    assert client.session.session_key != planted


def test_pages_of_a_signed_in_person_are_kept_by_no_cache(acme: Company) -> None:
    assert "no-store" in sign_in(member_of(acme).user, acme).get(ROUTE).headers["cache-control"]


def test_log_ins_and_failures_are_written_down(acme: Company) -> None:
    email = member_of(acme).user.email
    log_in(browser(acme), email, "a wrong password")
    log_in(browser(acme), "a wrong field secret", "a wrong password")
    log_in(browser(acme), "nobody@people.example", "a wrong password")
    log_in(browser(acme), email)
    events = AuditEvent.objects.filter(action__startswith="person.").order_by("pk")
    assert [(event.actor, event.action, event.company_id, event.address) for event in events] == [
        (email, "person.sign_in_failed", acme.pk, "127.0.0.1"),
        ("unknown person", "person.sign_in_failed", acme.pk, "127.0.0.1"),
        (email, "person.signed_in", acme.pk, "127.0.0.1"),
    ]


def test_a_theme_chosen_once_arrives_with_the_log_in(acme: Company) -> None:
    client = browser(acme)
    log_in(client, member_of(acme, theme="dark").user.email)
    assert client.cookies["theme"].value == "dark"


def test_password_changed_ends_every_other_session(acme: Company) -> None:
    user = member_of(acme).user
    here, there = browser(acme), browser(acme)
    log_in(here, user.email)
    log_in(there, user.email)
    changed = here.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": "a newer passphrase", "password2": "a newer passphrase"},
    )
    assert changed.status_code == 302
    assert there.get(ROUTE).headers["location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    ("kind", "idle", "age", "ends"),
    [
        ("company", 29, 60, False),
        ("company", 31, 60, True),
        ("company", 1, 12 * 60 - 1, False),
        ("company", 1, 12 * 60 + 1, True),
        ("operators", 1, 8 * 60 - 1, False),
        ("operators", 1, 8 * 60 + 1, True),
    ],
)
def test_a_session_ends_when_left_alone_and_at_the_end_of_the_day(
    acme: Company, kind: str, idle: int, age: int, ends: bool
) -> None:
    client = browser(acme) if kind == "company" else operators_browser()
    log_in(client, member_of(acme, is_operator=True).user.email)
    session = client.session
    moment = session[SEEN_KEY]
    session[SEEN_KEY], session[BEGAN_KEY] = moment - idle * 60, moment - age * 60
    session.save()
    assert (client.get("/accounts/2fa/").status_code == 302) is ends


def test_being_used_keeps_a_session_alive(acme: Company) -> None:
    client = browser(acme)
    log_in(client, member_of(acme).user.email)
    session = client.session
    moment = session[SEEN_KEY]
    session[SEEN_KEY] = moment - 20 * 60
    session.save()
    client.get("/accounts/2fa/")
    assert client.session[SEEN_KEY] >= moment
