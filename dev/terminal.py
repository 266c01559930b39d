"""What does a person see while things start? One line a stage with what came of it and how long it took."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

_NAME_WIDTH, _TEXT_WIDTH = 11, 62


@contextmanager
def stage(
    name: str, doing: str = "…", *, is_long: bool = False, is_quiet: bool = False
) -> Iterator[Callable[[str], None]]:
    """Print the stage; the body says what came of it with the function it is given. A failure prints no outcome."""
    outcome = ["ready"]

    def say(text: str) -> None:
        outcome[0] = text

    started = time.monotonic()
    if not is_quiet:
        _draft(f"  {name:<{_NAME_WIDTH}}{doing}", is_kept=is_long)
    yield say
    line(f"  {name:<{_NAME_WIDTH}}{outcome[0]:<{_TEXT_WIDTH}} {time.monotonic() - started:6.1f} s")


def line(text: str = "") -> None:
    with suppress(OSError):  # the terminal may be gone, and what it started still has to end
        sys.stdout.write(f"{_erase()}{text}\n")
        sys.stdout.flush()


def complain(text: object) -> None:
    line()
    with suppress(OSError):
        sys.stderr.write(f"{text}\n")


def _draft(text: str, *, is_kept: bool) -> None:
    """A line that the next one replaces. In a file it would stay, so there only a long wait is announced."""
    if not sys.stdout.isatty():
        if is_kept:
            line(text)
    else:
        sys.stdout.write(f"{_erase()}{text}")
        sys.stdout.flush()


def _erase() -> str:
    return "\r\x1b[K" if sys.stdout.isatty() else ""
