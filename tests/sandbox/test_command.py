"""Starting the sandbox from a shell."""

import ast
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

ROOT = Path(__file__).parents[2]
PRODUCT = {"aging", "accounts", "tenants", "config", "etl_defs", "django", "dagster"}


def start(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_serves_with_the_settings_of_the_environment():
    process = start("--port", "0", "--today", "2026-03-18", UNIFIED_API_KEY="k-1", UNIFIED_WORKSPACE_ID="w-1")
    try:
        url = re.search(r"http://\S+", process.stdout.readline()).group()
        assert requests.get(f"{url}/_sandbox/ready", timeout=10).json() == {"ready": True}
        assert requests.get(f"{url}/unified/connection", headers={"Authorization": "k-1"}, timeout=10).json() == []
        assert requests.get(f"{url}/unified/integration/workspace/w-1", timeout=10).status_code == 200
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_connections_and_webhooks_outlive_a_restart(tmp_path):
    key, state = {"Authorization": "sandbox-key"}, str(tmp_path / "state.json")
    wishes = {"integration_type": "xero", "external_xref": "tenant-5", "profile": "empty", "permissions": ["a_read"]}
    process = start("--port", "0", "--state", state)
    try:
        url = re.search(r"http://\S+", process.stdout.readline()).group()
        made = requests.post(f"{url}/unified/connection", json=wishes, headers=key, timeout=10).json()
        hook = {"connection_id": made["id"], "event": "updated", "object_type": "accounting_invoice"}
        webhook = requests.post(f"{url}/unified/webhook", json=hook, headers=key, timeout=10).json()
        requests.patch(f"{url}/_sandbox/connections/{made['id']}", json={"health": "broken"}, headers=key, timeout=10)
        known = requests.get(f"{url}/unified/connection/{made['id']}", headers=key, timeout=10).json()
    finally:
        process.terminate()
        process.communicate(timeout=10)
    process = start("--port", "0", "--state", state)
    try:
        url = re.search(r"http://\S+", process.stdout.readline()).group()
        assert requests.get(f"{url}/unified/connection/{made['id']}", headers=key, timeout=10).json() == known
        assert requests.get(f"{url}/unified/webhook/{webhook['id']}", headers=key, timeout=10).json() == webhook
        assert requests.get(f"{url}/accounting/{made['id']}/invoice", headers=key, timeout=10).status_code == 401
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--port", "many"], "not a port number"),
        (["--today", "yesterday"], "not a date"),
        (["--recorded", "file.json"], "not NAME=FILE"),
        (["--recorded", "x=/nowhere.json"], "cannot be read"),
        (["--seed", "x"], "invalid int value"),
        (["--state", __file__], "cannot be read as a sandbox's state"),
    ],
)
def test_a_wrong_argument_is_one_sentence_and_exit_status_2(arguments, complaint):
    process = start(*arguments)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert complaint in errors and len(errors.strip().splitlines()) == 1


def test_a_port_in_use_is_one_sentence_and_exit_status_2():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = start("--port", str(taken.getsockname()[1]))
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "cannot listen on" in errors and len(errors.strip().splitlines()) == 1


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_the_sandbox_and_the_product_do_not_know_each_other():
    for path in (ROOT / "sandbox").rglob("*.py"):
        assert not {name.split(".")[0] for name in imported(path)} & PRODUCT, path
    for package in ("aging", "accounts", "tenants", "config", "etl_defs"):
        for path in (ROOT / package).rglob("*.py"):
            assert "sandbox" not in {name.split(".")[0] for name in imported(path)}, path
