import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.children import Children, Died, EndAsked

SLEEP = "import time; time.sleep(60)"
WITH_A_CHILD = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).wait()"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {SLEEP}"


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    made = Children(tmp_path / "log", dict(os.environ))
    yield made
    made.stop()


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def _wait_until(is_so) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _group_is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_process_that_dies_is_named_with_its_last_words(children: Children) -> None:
    children.start("sandbox", _python(SLEEP))
    broken = children.start("web", _python("raise SystemExit('no such table: invoices')"))
    _wait_until(lambda: broken.process.poll() is not None)
    with pytest.raises(Died, match=r"(?s)“web” ended unexpectedly with status 1.*no such table: invoices"):
        children.require_well()


def test_a_task_may_end(children: Children) -> None:
    task = children.start("static", _python("print('collected')"), is_task=True)
    _wait_until(lambda: task.process.poll() is not None)
    children.require_well()
    assert children.finish(task) == 0
    assert "collected" in task.said_last()


def test_only_what_a_process_said_since_its_start_is_shown(children: Children) -> None:
    (children.log_dir / "web.log").write_text("yesterday's error\n")
    broken = children.start("web", _python("print('today')"))
    assert broken.process.wait(10) == 0
    assert broken.said_last().split() == ["today"]


def test_the_end_reaches_what_children_started_themselves(children: Children) -> None:
    parent = children.start("worker", _python(WITH_A_CHILD))
    group = parent.process.pid
    _wait_until(lambda: Path(f"/proc/{group}/task/{group}/children").read_text().strip())
    children.stop()
    _wait_until(lambda: _group_is_gone(group))


def test_a_process_that_ignores_the_request_is_killed(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dev.children.GRACE_SECONDS", 0.2)
    deaf = children.start("worker", _python(DEAF))
    _wait_until(lambda: "deaf" in deaf.said_last())
    children.stop()
    assert deaf.process.returncode == -signal.SIGKILL


def test_foundations_end_after_those_who_need_them(children: Children) -> None:
    ended: list[str] = []
    for name, is_foundation in (("redis", True), ("worker", False)):
        child = children.start(name, _python(SLEEP), is_foundation=is_foundation)
        wait = child.process.wait

        def noted(timeout: float | None = None, *, name: str = name, wait=wait) -> int:  # type: ignore[no-untyped-def]
            status = wait(timeout)
            ended.append(name)
            return int(status)

        child.process.wait = noted  # type: ignore[method-assign]
    children.stop()
    assert ended.index("redis") > max(place for place, name in enumerate(ended) if name == "worker")


def test_a_wish_to_end_is_heard_while_something_is_awaited(children: Children) -> None:
    children.is_end_asked = True
    with pytest.raises(EndAsked):
        children.wait_until(lambda: False, "The web server")


def test_what_never_answers_is_said_to_have_not(children: Children) -> None:
    with pytest.raises(Died, match="The web server did not answer"):
        children.wait_until(lambda: False, "The web server", seconds=0.1)
