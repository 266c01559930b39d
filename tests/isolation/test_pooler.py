"""Behind a pooler that lends sessions out statement by statement, the product serves nobody."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tenants import database
from tenants.backend import base
from tenants.backend.pooling import SessionsAreShared, require_own_sessions
from tenants.context import tenant_context

PGBOUNCER = os.environ.get("PGBOUNCER") or shutil.which("pgbouncer")
SECONDS_TO_START = 20


class OneSessionForAll:
    """What a pooler in transaction mode comes to when nobody else is there: all clients use one server session."""

    def __init__(self, session):
        self.session = session

    def __enter__(self):
        return self.session

    def __exit__(self, *_):
        pass


@contextmanager
def direct():
    with psycopg.connect(**database.owner_parameters(), autocommit=True) as session:
        yield session


def test_clients_that_share_a_session_are_found_out(committed_db):
    with direct() as session, pytest.raises(SessionsAreShared, match="session mode"):
        require_own_sessions(lambda: OneSessionForAll(session))


def test_clients_whose_sessions_are_swapped_are_found_out(committed_db):
    """Two sessions, but each statement goes to whichever is free."""
    with direct() as one, direct() as other:

        class Swapping:
            turn = 0

            def execute(self, statement):
                Swapping.turn += 1
                return (one, other)[Swapping.turn // 2 % 2].execute(statement)

        with pytest.raises(SessionsAreShared):
            require_own_sessions(lambda: OneSessionForAll(Swapping()))


def test_clients_with_sessions_of_their_own_are_served(committed_db):
    require_own_sessions(lambda: psycopg.connect(**database.owner_parameters(), autocommit=True))


def test_a_server_refuses_to_start_and_no_company_is_entered_behind_such_a_pooler(ours, monkeypatch):
    monkeypatch.setattr(base, "_proven", set())
    connection.close()
    with direct() as session, monkeypatch.context() as patched:
        patched.setattr(base.psycopg, "connect", lambda **_: OneSessionForAll(session))
        with pytest.raises(SessionsAreShared):
            database.refuse_shared_sessions()
        with tenant_context(ours), pytest.raises(SessionsAreShared):
            connection.cursor()
    database.refuse_shared_sessions()
    with tenant_context(ours), connection.cursor() as cursor:
        cursor.execute("SELECT name FROM customer")


def test_a_database_that_is_away_at_the_start_is_asked_later(committed_db, monkeypatch):
    def refuse(**_):
        raise psycopg.OperationalError("connection refused")

    with monkeypatch.context() as patched:
        patched.setattr(base, "_proven", set())
        patched.setattr(base.psycopg, "connect", refuse)
        database.refuse_shared_sessions()
        assert base._proven == set()


@contextmanager
def pgbouncer(mode):
    """A real one between us and the test's server; yields psycopg's parameters of the way through it."""
    behind = database.owner_parameters()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    password = f" password={behind['password']}" if "password" in behind else ""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        folder.chmod(0o755)
        (folder / "users").write_text(f'"{behind["user"]}" ""\n')
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n{behind['dbname']} = host={behind.get('host', '127.0.0.1')} port={behind.get('port', 5432)} "
            f"user={behind['user']}{password}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
            f"auth_type = any\nauth_file = {folder / 'users'}\npool_mode = {mode}\nunix_socket_dir =\n"
        )
        command = [str(PGBOUNCER), "--quiet", *_as_whom(behind), str(folder / "pgbouncer.ini")]
        process = subprocess.Popen(command)
        through = {"dbname": behind["dbname"], "user": behind["user"], "host": "127.0.0.1", "port": port}
        try:
            _wait_for(through, process)
            yield through
        finally:
            process.terminate()
            process.wait()


def _as_whom(behind):
    """PgBouncer refuses to be root; where the server's socket is a private one, it has to be the server's own user."""
    if os.getuid() != 0:
        return []
    folder = Path(behind.get("host", ""))
    return ["--user", folder.owner() if folder.is_absolute() else "nobody"]


def _wait_for(through, process):
    end = time.monotonic() + SECONDS_TO_START
    while process.poll() is None and time.monotonic() < end:
        with suppress(psycopg.OperationalError), psycopg.connect(**through, connect_timeout=2):
            return
    pytest.fail("PgBouncer did not start.")


@pytest.mark.skipif(not PGBOUNCER, reason="there is no pgbouncer here; `apt install pgbouncer` brings one")
@pytest.mark.parametrize(("mode", "is_refused"), [("transaction", True), ("session", False)])
def test_pgbouncer_is_refused_in_transaction_mode_and_accepted_in_session_mode(committed_db, mode, is_refused):
    with pgbouncer(mode) as through, pytest.raises(SessionsAreShared) if is_refused else nullcontext():
        require_own_sessions(lambda: psycopg.connect(**through, autocommit=True, prepare_threshold=None))
