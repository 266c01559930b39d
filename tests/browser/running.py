"""The whole product, running as `make up` runs it: database, broker, sandbox, Dagster, workers and web server."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240.0
STOP_SECONDS = 60.0
# What a person's shell or the test run itself may have set; a running copy chooses its own.
FOREIGN = (
    "DATABASE_URL REDIS_URL UNIFIED_API_URL UNIFIED_API_KEY UNIFIED_WORKSPACE_ID UNIFIED_WORKSPACE_SECRET UNIFIED_ENV "
    "DAGSTER_HOME DAGSTER_URL EMAIL_URL DJANGO_SETTINGS_MODULE CELERY_BROKER_URL"
).split()


@dataclass(frozen=True)
class RunningCopy:
    port: int
    var_dir: Path
    process: subprocess.Popen[str]

    def at(self, host: str, path: str = "/") -> str:
        return f"http://{host}:{self.port}{path}"

    def manage(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, input=stdin, capture_output=True, text=True, check=False
        )

    @property
    def environment(self) -> dict[str, str]:
        return environment_of(self.port, self.var_dir)

    def mails(self) -> list[str]:
        """Subject and text of every mail so far, oldest first. One file holds what one connection sent."""
        told = []
        for path in sorted((self.var_dir / "mail").glob("*"), key=lambda one: one.stat().st_mtime_ns):
            for part in path.read_bytes().split(b"\n" + b"-" * 79 + b"\n"):
                if part.strip():
                    mail = message_from_bytes(part, policy=policy.default)
                    body = mail.get_body(("plain",))
                    told.append(f"{mail['subject']}\n{body.get_content() if body else ''}")
        return told

    def descendants(self) -> set[int]:
        """Every process below this copy's first one, and the database, which detaches from it."""
        return {pid for pid, text in _processes().items() if str(self.var_dir) in text}


def environment_of(port: int, var_dir: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return {**kept, "PORT": str(port), "VAR_DIR": str(var_dir), "BASE_DOMAIN": "localhost"}


@contextmanager
def running_copy(var_dir: Path, *flags: str, port: int = 0) -> Iterator[RunningCopy]:
    """Start one with its own folder and ports; stop it as Ctrl-C does. Fails with its output if it does not start."""
    port = port or _three_free_ports()
    log = (var_dir / "up.txt").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "dev.up", *flags],
        cwd=ROOT,
        env=environment_of(port, var_dir),
        stdout=log,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    copy = RunningCopy(port, var_dir, process)
    try:
        _wait_until_ready(copy, Path(log.name))
        yield copy
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(timeout=STOP_SECONDS)
        log.close()


def _wait_until_ready(copy: RunningCopy, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not re.search(r"Ctrl-C stops everything", log.read_text()):
        if copy.process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"the product did not start:\n{log.read_text()}")
        time.sleep(0.2)


def _three_free_ports() -> int:
    """The first of three neighbouring free ports: web server, sandbox, Dagster."""
    for first in range(20_000 + os.getpid() % 5_000, 60_000, 7):
        if all(_is_free(first + step) for step in range(3)):
            return first
    raise AssertionError("no three free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _processes() -> dict[int, str]:
    """Command line and environment of every process of this machine that we may look at."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                found[int(folder.name)] = (folder / "cmdline").read_text() + (folder / "environ").read_text()
            except (OSError, UnicodeDecodeError):
                continue
    return found
