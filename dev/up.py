"""What has to run, in which order, so that a person sees a populated dashboard?

Runs inside .venv. Everything that waits for nothing starts at once; the web server comes before Dagster, whose
processes take seconds to import: a page is what the person wants first. Ends all that it started, whatever happens.
"""

import argparse
import fcntl
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import IO, NoReturn

from django.core.exceptions import ImproperlyConfigured

from config import env
from dev import ROOT, Stopped
from dev.children import Children, Died, EndAsked
from dev.follow import Follower
from dev.plan import Plan, make_plan
from dev.ports import require_free
from dev.stages import start_everything
from dev.terminal import complain, line
from tenants import embedded

NEEDED_BYTES = 500_000_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m dev up")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--without-demo", action="store_true")
    options = parser.parse_args()
    os.chdir(ROOT)
    try:
        running = _require_only_one(env.RUNNING)
        plan = make_plan()
        _require_room(plan)
    except (Stopped, ImproperlyConfigured) as reason:
        complain(reason)
        return 1
    try:
        running.write(plan.as_env_file())
        running.flush()
        return _run(plan, is_verbose=options.verbose, with_demo=not options.without_demo)
    finally:
        running.close()


def _run(plan: Plan, *, is_verbose: bool, with_demo: bool) -> int:
    os.environ.update(plan.environment)
    children = Children(plan.log_dir, dict(os.environ))
    _hear_signals(children)
    follower = Follower(children.log_dir) if is_verbose else None
    try:
        start_everything(plan, children, with_demo=with_demo)
        _watch(children, follower)
    except EndAsked:
        line()
        return 0
    except (Died, Stopped, ImproperlyConfigured) as reason:
        complain(reason)
        return 1
    finally:
        _stop_everything(plan, children)


def _watch(children: Children, follower: Follower | None) -> NoReturn:
    parent = os.getppid()
    under_make = "MAKELEVEL" in os.environ
    while True:
        children.require_well()
        if under_make and os.getppid() != parent:
            raise EndAsked  # make is gone and nobody could end this any more
        if follower is not None:
            follower.show()
        time.sleep(0.2)


def _stop_everything(plan: Plan, children: Children) -> None:
    started = time.monotonic()
    children.stop()
    if plan.has_embedded_database:
        embedded.stop(plan.var_dir)
    took = time.monotonic() - started
    line(f"  stopped    everything has ended; the data is kept in {plan.shown_var_dir}/ ({took:.1f} s)")


def _hear_signals(children: Children) -> None:
    def ask(_number: int, _frame: object) -> None:
        children.is_end_asked = True

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ask)


def _require_room(plan: Plan) -> None:
    require_free(plan.ports)
    free = shutil.disk_usage(plan.var_dir).free
    if free < NEEDED_BYTES:
        raise Stopped(
            f"Only {free / 1e6:.0f} MB are free on the disk of {plan.shown_var_dir}/; the database needs "
            f"{NEEDED_BYTES / 1e6:.0f} MB to start. Free some, or name another folder: VAR_DIR=/elsewhere make up"
        )


def _require_only_one(path: Path) -> IO[str]:
    """Two copies over one VAR_DIR would share sockets and logs. The lock goes with this process, however it ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise Stopped(
            "`make up` already runs with this VAR_DIR. Stop that one, or start a second copy beside it: "
            "PORT=9000 VAR_DIR=var2 make up"
        ) from error
    lock.truncate(0)
    return lock


if __name__ == "__main__":
    sys.exit(main())
