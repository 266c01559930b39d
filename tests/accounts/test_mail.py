"""Mails: one text, two renderings, no surprises in the headers."""

from pathlib import Path

import allauth
import pytest
from django.core import mail
from django.template.loader import get_template

from accounts.mail import compose, paragraphs_of
from tests.accounts.people import PASSWORD, browser, person

TEXT = "Hello <b>you</b>.\nSecond line.\n\nABC-123\n\nhttps://acme.example/x?a=1&b=2\n"
LIBRARY = Path(allauth.__path__[0]) / "templates"
NAMES = sorted(
    path.relative_to(LIBRARY).as_posix()
    for app in ("account", "mfa")
    for path in (LIBRARY / app / "email").glob("*_*.txt")
    if not path.name.startswith("base_")
)


def test_a_mail_says_the_same_in_text_and_in_html() -> None:
    message = compose(to=["a@b.example"], subject="Hi\r\nBcc: all@b.example", text=TEXT)
    assert message.subject == "Hi Bcc: all@b.example"
    assert message.body == TEXT
    ((html, _),) = message.alternatives
    assert "Hello &lt;b&gt;you&lt;/b&gt;.<br>Second line." in html
    assert 'href="https://acme.example/x?a=1&amp;b=2"' in html
    assert ">ABC-123</p>" in html


def test_codes_and_links_are_told_from_sentences() -> None:
    assert [paragraph.kind for paragraph in paragraphs_of(TEXT)] == ["text", "code", "link"]


@pytest.mark.parametrize("name", NAMES)
def test_every_mail_is_in_our_words(name: str) -> None:
    assert get_template(name).backend.name == "jinja2"


@pytest.mark.django_db
def test_the_code_stands_in_subject_and_body() -> None:
    browser().post("/accounts/signup/", {"email": "new@people.example", "password1": PASSWORD})
    (message,) = mail.outbox
    code = message.subject.split(" ")[0]
    assert message.subject == f"{code} is your code for Ledgerline"
    assert f"\n\n{code}\n\n" in str(message.body)
    assert message.from_email == "Ledgerline <no-reply@localhost>"


@pytest.mark.django_db
def test_a_mail_about_a_known_address_names_no_host_that_the_request_made_up() -> None:
    email = person().email
    answer = browser().post(
        "/accounts/signup/",
        {"email": email, "password1": PASSWORD},
        headers={"x-forwarded-host": "evil.example"},
    )
    assert answer.status_code == 302
    (message,) = mail.outbox
    assert "evil" not in str(message.body) and "http://localhost/accounts/password/reset/" in str(message.body)
