"""The definitions load anywhere, describe themselves, and are loaded by nobody who need not know Dagster."""

import subprocess
import sys

import dagster as dg

from etl_defs.definitions import defs

ASSETS = {"source_organization", "customers", "invoices", "credit_memos", "payments", "ledger", "aging"}


def test_everything_is_listed_and_consistent() -> None:
    dg.Definitions.validate_loadable(defs)
    graph = defs.resolve_asset_graph()
    assert {key.to_user_string() for key in graph.get_all_asset_keys()} == ASSETS
    assert {sensor.name for sensor in defs.sensors or ()} == {
        "connections_in_step",
        "requested_syncs",
        "abandoned_syncs",
        "old_runs",
        "subscriptions_in_step",
    }


def test_each_asset_has_a_description_a_group_and_a_check() -> None:
    graph = defs.resolve_asset_graph()
    checked = {key.asset_key for key in graph.asset_check_keys}
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        assert node.group_name in {"source", "receivables"}
        assert key in checked


def test_the_ledger_waits_for_all_that_was_read_and_the_aging_for_the_ledger() -> None:
    graph = defs.resolve_asset_graph()

    def above(name: str) -> set[str]:
        return {key.to_user_string() for key in graph.get(dg.AssetKey(name)).parent_keys}

    assert above("ledger") == {"customers", "invoices", "credit_memos", "payments"}
    assert above("aging") == {"ledger"}
    assert above("customers") == {"source_organization"}


def run_python(code: str, **environment: str) -> str:
    import os

    env = {name: value for name, value in os.environ.items() if not name.startswith(("UNIFIED_", "DAGSTER"))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env | environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_loading_asks_no_network_no_database_and_no_secret() -> None:
    code = """
import socket
def refuse(*_): raise AssertionError("a socket was opened")
socket.socket.connect = refuse
import psycopg, psycopg2
psycopg.connect = psycopg2.connect = refuse
import etl_defs.definitions
from django.db import connections
assert not any(c.connection for c in connections.all(initialized_only=True))
print("loaded")
"""
    assert run_python(code, DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing").strip() == "loaded"


def test_the_web_process_and_the_list_of_commands_do_not_import_dagster() -> None:
    code = """
import sys, django
django.setup()
import config.wsgi, etl_defs.processes, etl_defs.management.commands.sync, tenants.sync_requests, tenants.sync_runs
etl_defs.processes.commands()
print([name for name in ("dagster", "celery", "sqlalchemy") if name in sys.modules])
"""
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    }
    assert run_python(code, **environment).strip() == "[]"
