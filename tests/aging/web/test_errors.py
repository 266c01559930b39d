"""A page that fails says so with a reference that is in the log too; one that is not there or not theirs says that."""

import logging

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.test import RequestFactory

from aging.web import errors
from tests.accounts.people import browser, member_of, sign_in

pytestmark = pytest.mark.django_db


def test_a_failure_has_the_same_reference_on_the_page_and_in_the_log(acme, monkeypatch, caplog):
    def fails(request: HttpRequest) -> None:
        raise ZeroDivisionError("in the report")

    monkeypatch.setattr("aging.web.report.read", lambda request, orders: fails(request))
    client = sign_in(member_of(acme).user, acme, raise_request_exception=False)
    with caplog.at_level(logging.ERROR):
        answer = client.get("/")
    assert answer.status_code == 500
    page, reference = answer.content.decode(), answer["X-Request-ID"]
    assert "Something went wrong on our side." in page
    assert f"Reference <code>{reference}</code>" in page
    assert "ZeroDivision" not in page
    (record,) = [one for one in caplog.records if reference in one.getMessage()]
    assert record.exc_info
    assert isinstance(record.exc_info[1], ZeroDivisionError)


@pytest.mark.parametrize("path", ["/nothing/here", "/customers/x", "/invoices/1/2"])
def test_an_address_that_leads_nowhere_says_so(acme, path):
    answer = sign_in(member_of(acme).user, acme).get(path)
    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.content.decode()


def test_on_the_bare_domain_too():
    answer = browser().get("/nothing/here")
    assert (answer.status_code, "There is nothing at this address." in answer.content.decode()) == (404, True)


def test_who_may_not_is_told_so():
    answer = errors.forbidden(RequestFactory().get("/"), PermissionDenied())
    assert answer.status_code == 403
    assert "You do not have access to this page." in answer.content.decode()
