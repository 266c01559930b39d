"""Statements are cancelled at random while two companies take turns on one connection: no read is of the wrong one.

A cancelled `SET` is what makes the stock engine read the company before: it swallows the error and goes on.
"""

import os
import threading
import time
from contextlib import contextmanager, nullcontext

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction
from django_tenants.postgresql_backend.base import DatabaseWrapper as StockWrapper

from tenants.database import owner_parameters

READS = int(os.environ.get("WALLS_READS", "1500"))
CONTROL_SECONDS = 60


def process_of(wrapper):
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


@contextmanager
def storm(wrapper):
    """Somebody cancels whatever the connection is doing, over and over."""
    process, has_begun, is_over = process_of(wrapper), threading.Event(), threading.Event()

    def cancel():
        with psycopg.connect(**owner_parameters(), autocommit=True) as canceller:
            while not is_over.is_set():
                canceller.execute("SELECT pg_cancel_backend(%s)", [process])
                has_begun.set()

    thread = threading.Thread(target=cancel)
    thread.start()
    has_begun.wait(CONTROL_SECONDS)
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def read(wrapper, company, around=nullcontext):
    """Whether the row was the company's own; None when there was an error instead of a row."""
    try:
        with around():
            wrapper.set_tenant(company)
            with wrapper.cursor() as cursor:
                cursor.execute("SELECT name FROM customer")
                return cursor.fetchone()[0] == company.schema_name
    except DatabaseError:
        return None


@pytest.mark.parametrize("around", [nullcontext, transaction.atomic], ids=["autocommit", "in transactions"])
@pytest.mark.faults
def test_no_cancelled_statement_leads_to_another_companys_rows(ours, theirs, around):
    connection.set_tenant(ours)
    with storm(connection):
        seen = [read(connection, (ours, theirs)[turn % 2], around) for turn in range(READS)]
    connection.set_schema_to_public()
    assert seen.count(False) == 0
    assert seen.count(None) > 0, "the storm hit nothing"
    assert seen.count(True) > READS // 20


@pytest.mark.faults
def test_the_stock_engine_reads_another_companys_rows_in_such_a_storm(ours, theirs):
    settings = {**connections["owner"].settings_dict, "ROLE_PER_COMPANY": False}
    stock = StockWrapper(settings, "owner")
    stock.set_tenant(ours)
    turn, end = 0, time.monotonic() + CONTROL_SECONDS
    with storm(stock):
        while time.monotonic() < end:
            turn += 1
            if read(stock, (ours, theirs)[turn % 2]) is False:
                break
        else:
            pytest.fail(f"no wrong read in {turn} reads: the storm proves nothing here")
    stock.close()
