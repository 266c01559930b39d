"""What runs later or elsewhere than it was written reads the right company's rows or none: never another's."""

import gc
import subprocess
import sys
import threading

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import DatabaseError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.http import StreamingHttpResponse
from django.test import RequestFactory
from django_tenants.utils import tenant_context as stock_context  # noqa: TID251  # to see it fail

from aging.models import Customer
from tenants.backend.base import DatabaseWrapper, TenantNotSelected
from tenants.context import InsideAnotherCompany, tenant_context
from tenants.middleware import CompanyMiddleware
from tenants.provisioning import host_for
from tests.isolation.conftest import whose_rows


def names(enter, company):
    with enter(company):
        for customer in Customer.objects.iterator(chunk_size=1):
            yield customer.name
        yield "the end"


def in_a_thread(act):
    """What it returned, or the error it ended with."""
    found = []

    def run():
        try:
            found.append(act())
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def test_a_generator_of_another_company_is_not_resumed_inside_this_one(ours, theirs):
    with tenant_context(ours):
        with pytest.raises(InsideAnotherCompany):
            next(names(tenant_context, theirs))
        assert whose_rows() == ours.schema_name


def test_without_that_a_generator_changes_whose_rows_its_caller_reads(ours, theirs):
    with stock_context(ours):
        other = names(stock_context, theirs)
        next(other)
        assert whose_rows() == theirs.schema_name
        other.close()


def test_a_company_is_not_entered_while_a_generator_stands_in_another(ours, theirs):
    other = names(tenant_context, theirs)
    assert next(other) == theirs.schema_name
    with pytest.raises(InsideAnotherCompany):
        with tenant_context(ours):
            pass
    assert list(other) == ["the end"]
    with tenant_context(ours):
        assert whose_rows() == ours.schema_name


@pytest.mark.parametrize(
    ("enter", "expected_is_ours"), [(tenant_context, True), (stock_context, False)], ids=["ours", "stock"]
)
def test_a_generator_that_ends_late_leaves_the_next_request_alone(ours, theirs, enter, expected_is_ours):
    with enter(theirs):
        unfinished = names(enter, theirs)
        next(unfinished)
    connection.set_tenant(ours)  # as the next request on this thread does
    del unfinished
    gc.collect()
    assert (whose_rows() == ours.schema_name) is expected_is_ours
    connection.set_schema_to_public()


def test_the_same_company_may_be_entered_again(ours):
    with tenant_context(ours):
        with tenant_context(ours):
            assert whose_rows() == ours.schema_name
        assert whose_rows() == ours.schema_name


def test_what_waits_for_the_commit_runs_in_the_company_that_put_it_off(ours, theirs):
    seen = []
    with transaction.atomic():
        for company in (ours, theirs):
            with tenant_context(company):
                transaction.on_commit(lambda: seen.append(whose_rows()))
        assert seen == []
    assert seen == [ours.schema_name, theirs.schema_name]
    with pytest.raises(DatabaseError):
        whose_rows()


def test_without_that_it_runs_wherever_the_transaction_ends(ours, theirs, monkeypatch):
    monkeypatch.setattr(DatabaseWrapper, "on_commit", BaseDatabaseWrapper.on_commit)
    seen = []
    connection.set_tenant(theirs)
    with transaction.atomic():
        connection.set_tenant(ours)
        transaction.on_commit(lambda: seen.append(whose_rows()))
        connection.set_tenant(theirs)
    connection.set_schema_to_public()
    assert seen == [theirs.schema_name]


def test_a_new_thread_has_no_company_until_it_enters_one(ours):
    with tenant_context(ours):
        assert isinstance(in_a_thread(whose_rows), DatabaseError)

    def enter_and_read():
        with tenant_context(ours):
            return whose_rows()

    assert in_a_thread(enter_and_read) == ours.schema_name


def test_work_handed_to_another_thread_by_async_code_has_no_company(ours):
    def read():
        try:
            return whose_rows()
        finally:
            connection.close()

    with tenant_context(ours), pytest.raises(DatabaseError):
        async_to_sync(sync_to_async(read, thread_sensitive=False))()


def answered(view, company):
    return CompanyMiddleware(view)(RequestFactory().get("/", headers={"host": host_for(company.slug)}))


def test_a_response_that_streams_reads_nothing_after_its_request_unless_it_enters_the_company(ours):
    def rows():
        for customer in Customer.objects.all():
            yield customer.name

    def forgetful(request):
        return StreamingHttpResponse(rows())

    def careful(request):
        return StreamingHttpResponse(names(tenant_context, request.tenant))

    with pytest.raises(DatabaseError):
        answered(forgetful, ours).getvalue()
    assert answered(careful, ours).getvalue().decode() == ours.schema_name + "the end"


def test_a_query_made_in_one_company_and_read_outside_reads_nothing(ours, theirs):
    with tenant_context(ours):
        customers = Customer.objects.all()
    with pytest.raises(DatabaseError):
        list(customers)
    with tenant_context(theirs):
        assert [customer.name for customer in customers.all()] == [theirs.schema_name]


def test_a_cursor_that_was_kept_is_refused_in_the_next_company_and_right_in_its_own(ours, theirs):
    with tenant_context(ours):
        kept = connection.cursor()
    with tenant_context(theirs):
        assert whose_rows() == theirs.schema_name
        for send in (
            lambda: kept.execute("SELECT name FROM customer"),
            lambda: kept.executemany("SELECT name FROM customer", [[]]),
            lambda: kept.copy("COPY customer TO STDOUT"),
            lambda: next(kept.stream("SELECT name FROM customer")),
        ):
            with pytest.raises(TenantNotSelected):
                send()
    with tenant_context(ours):
        kept.execute("SELECT name FROM customer")
        assert kept.fetchone() == (ours.schema_name,)
    kept.close()


def test_without_that_a_cursor_that_was_kept_reads_the_next_companys_rows(ours, theirs, monkeypatch):
    monkeypatch.setattr(DatabaseWrapper, "make_cursor", lambda wrapper, cursor: CursorWrapper(cursor, wrapper))
    with tenant_context(ours):
        kept = connection.cursor()
    with tenant_context(theirs):
        whose_rows()
        kept.execute("SELECT name FROM customer")
        assert kept.fetchone() == (theirs.schema_name,)
    kept.close()


def test_a_rollback_to_a_savepoint_takes_no_company_along(ours, theirs):
    with transaction.atomic():
        with tenant_context(ours):
            assert whose_rows() == ours.schema_name
        with pytest.raises(DatabaseError), transaction.atomic(), tenant_context(theirs):
            assert whose_rows() == theirs.schema_name
            connection.cursor().execute("SELECT 1/0")
        with tenant_context(ours):
            assert whose_rows() == ours.schema_name


@pytest.mark.parametrize(
    "line",
    [
        "from django_tenants.utils import schema_context",
        "from django_tenants.utils import tenant_context",
        "from django_tenants.utils import schema_exists",
    ],
)
def test_the_ways_in_that_are_unsafe_are_refused_by_the_linter(line):
    command = [sys.executable, "-m", "ruff", "check", "--stdin-filename", "aging/web/new.py", "--select", "TID251", "-"]
    checked = subprocess.run(command, input=line + "\n", capture_output=True, text=True, check=False)
    is_banned = "schema_exists" not in line
    assert checked.returncode == (1 if is_banned else 0), checked.stdout + checked.stderr
    assert ("TID251" in checked.stdout) is is_banned
