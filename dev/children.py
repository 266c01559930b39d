"""Which processes run, did one die, and how do they all end?

The order matters: each starts when what it needs answers, and the workers end before the broker, all before the
database. No process manager from PyPI does both in less code than this; docs/decisions/0004-process-manager.md says
which were tried.

Every child leads a session of its own, so that Ctrl-C reaches this process only and a signal to the child's group
reaches whatever the child started. Its output goes straight to VAR_DIR/log, so nothing waits for a reader.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
GRACE_SECONDS = 4.0  # what a worker gets to end its current page; idle ones are gone in less


class Died(Exception):
    """A child ended although nobody asked it to, or never answered."""


class EndAsked(Exception):
    """Somebody pressed Ctrl-C, or asked in another way for the end."""


@dataclass
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path
    log_start: int
    is_foundation: bool = False  # others need it until their own end
    is_task: bool = False  # it is meant to end, and `finish` asks how

    def said_last(self, lines: int = 15) -> str:
        with self.log.open("rb") as file:
            file.seek(self.log_start)
            text = file.read().decode(errors="replace")
        return "\n".join(f"    {line}" for line in text.strip().splitlines()[-lines:]) or "    (it said nothing)"


class Children:
    """Started in an order; ended with the foundations last."""

    def __init__(self, log_dir: Path, environment: dict[str, str]) -> None:
        self.log_dir = log_dir
        self.environment = environment
        self.is_end_asked = False
        self._running: list[Child] = []
        log_dir.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, command: list[str], **kind: bool) -> Child:
        path = self.log_dir / f"{name}.log"
        with path.open("ab") as log:
            return self._keep(Child(name, self._open(command, log), path, log.tell(), **kind))

    def start_talking(self, name: str, command: list[str]) -> Child:
        """A task that speaks to the person itself."""
        return self._keep(Child(name, self._open(command, None), Path(os.devnull), 0, is_task=True))

    def _open(self, command: list[str], log: IO[bytes] | None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=self.environment,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - this process has one thread
        )

    def _keep(self, child: Child) -> Child:
        self._running.append(child)
        return child

    def require_well(self) -> None:
        """Raises EndAsked, or Died when a child is gone."""
        if self.is_end_asked:
            raise EndAsked
        for child in self._running:
            if child.process.poll() is not None and not child.is_task:
                raise Died(
                    f"“{child.name}” ended unexpectedly with status {child.process.returncode}. "
                    f"Its last lines ({child.log}):\n{child.said_last()}"
                )

    def wait_until(self, answers: Callable[[], bool], what: str, *, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while not answers():
            self.require_well()
            if time.monotonic() > deadline:
                raise Died(f"{what} did not answer within {seconds:.0f} seconds. The logs are in {self.log_dir}.")
            time.sleep(0.05)

    def finish(self, child: Child) -> int:
        """Wait for a child that is meant to end, and forget it; its exit status."""
        while child.process.poll() is None:
            self.require_well()
            time.sleep(0.05)
        self._running.remove(child)
        return child.process.returncode

    def stop(self) -> None:
        """End all; one that outlives its grace is killed, with everything it started."""
        for is_foundation in (False, True):
            ending = [child for child in self._running if child.is_foundation is is_foundation]
            for child in ending:
                _signal_group(child, signal.SIGTERM)
            deadline = time.monotonic() + GRACE_SECONDS
            for child in ending:
                with suppress(subprocess.TimeoutExpired):
                    child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
                _signal_group(child, signal.SIGKILL)
                child.process.wait()
        self._running.clear()


def _signal_group(child: Child, number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.process.pid, number)


def _end_with_parent() -> None:
    """Linux ends the child when this process is killed outright and can end nothing itself."""
    if sys.platform == "linux":
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
