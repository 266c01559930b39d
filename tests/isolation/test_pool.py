"""Connections go from request to request and company to company, many at a time: everyone reads their own rows."""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from weakref import WeakSet

import pytest
from django.db import DatabaseError, connections
from django.http import HttpResponse
from django.test import RequestFactory

from tenants.backend.base import DatabaseWrapper
from tenants.middleware import CompanyMiddleware
from tenants.provisioning import host_for
from tests.isolation.conftest import whose_rows

REQUESTS = int(os.environ.get("WALLS_REQUESTS", "15"))  # of each company
THREADS = 8


def answer_all(companies):
    """The requests of all companies in any order, by a few threads; how many were answered with whose rows."""
    respond = CompanyMiddleware(lambda request: HttpResponse(whose_rows()))
    orders = [company for company in companies for _ in range(REQUESTS)]
    random.shuffle(orders)

    def request(company):
        try:
            response = respond(RequestFactory().get("/", headers={"host": host_for(company.slug)}))
            return response.content.decode() == company.schema_name
        except DatabaseError:
            return None
        finally:
            for one in connections.all(initialized_only=True):  # as Django does when a request has ended
                one.close_if_unusable_or_obsolete()

    with ThreadPoolExecutor(THREADS) as threads:
        seen = list(threads.map(request, orders))
    return {outcome: seen.count(outcome) for outcome in (True, False, None)}


def test_requests_of_twenty_companies_share_a_pool_and_no_rows(many):
    assert answer_all(many) == {True: REQUESTS * len(many), False: 0, None: 0}


def test_an_engine_that_trusts_what_the_pool_hands_it_mixes_companies_up(many, monkeypatch):
    trusted = WeakSet()
    select = DatabaseWrapper._handle_search_path

    def select_once(wrapper, cursor=None):
        if wrapper.connection not in trusted:
            select(wrapper, cursor)
            trusted.add(wrapper.connection)

    monkeypatch.setattr(DatabaseWrapper, "_handle_search_path", select_once)
    assert answer_all(many)[False] > 0
    monkeypatch.undo()
    connections["default"].close_pool()


@pytest.mark.parametrize("alias", ["default", "control"])
def test_a_pool_keeps_few_connections_and_none_for_long(alias):
    pool = connections[alias].settings_dict["OPTIONS"]["pool"]
    assert pool["max_size"] <= 20
    assert pool["max_lifetime"] <= 600  # a server process remembers every company's tables it has touched
    assert connections[alias].settings_dict["CONN_MAX_AGE"] == 0
