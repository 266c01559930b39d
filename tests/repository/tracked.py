"""Which files are the repository's? Those that git tracks or would add: a mistake shows before it is committed."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked() -> tuple[str, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(sorted(name for name in listed.stdout.splitlines() if (ROOT / name).is_file()))


@cache
def text_of(name: str) -> str:
    """Its text; nothing for pictures and other binary files."""
    content = (ROOT / name).read_bytes()
    return "" if b"\0" in content else content.decode("utf-8")


def lines_matching(pattern, *, among=None) -> list[str]:  # type: ignore[no-untyped-def]
    """Where the pattern occurs, as `file:line: text`."""
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name in (tracked() if among is None else among)
        for number, line in enumerate(text_of(name).splitlines(), 1)
        if pattern.search(line)
    ]
