"""Is everything that is pinned installed in .venv? Installs it when not, in seconds, and takes 0.1 s when it is.

uv unpacks in parallel from its own cache and is itself installed, pinned, by pip. Where uv is refused or cannot reach
the registry that pip is configured for, pip installs the same pins: slower, never different. Both check every hash.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from dev import ROOT, Stopped
from dev.terminal import line, stage

HERE = Path(ROOT)
VENV = HERE / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
LOG = VENV / "install.log"
RUNTIME = ("requirements.txt",)
TESTS = ("requirements-dev.txt",)
NEEDED_BYTES = 1_500_000_000
REASONS = (
    (
        ("No space left on device",),
        "The disk is full. Free some space (about 1.5 GB are needed) and try again.",
    ),
    (
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "Hash mismatch"),
        "A downloaded package is not the one that was pinned (its hash differs), so nothing was installed.",
    ),
    (
        ("No matching distribution", "from versions: none", "Temporary failure", "NewConnectionError", "timed out"),
        "The package registry does not answer, or does not have a pinned package. Check the network and pip's "
        "settings (`pip config list`), then try again.",
    ),
)


def install(*, with_tests: bool) -> None:
    """Bring .venv up to date with the lock files. Raises Stopped with what to do."""
    files = RUNTIME + (TESTS if with_tests else ())
    wanted = {"venv": str(VENV)} | {name: _fingerprint(HERE / name) for name in files}
    done = _stamp()
    if wanted.items() <= done.items() and PYTHON.exists():
        return
    with stage("install", "pinned packages into .venv, half a minute …", is_long=True) as say:
        _require_space()
        if not _is_usable():
            _make_venv()
        _install_pins(files)
        # What was pinned for the tests stays valid only beside the same runtime pins.
        kept = {} if done.get("requirements.txt") != wanted["requirements.txt"] else done
        STAMP.write_text(json.dumps({**kept, **wanted}))
        say("pinned packages in .venv")


def run_inside(module: str, *arguments: str) -> None:
    """Become .venv's Python running `module`: one process less between make and what it started."""
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), "-m", module, *arguments])


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes() + repr(sys.version_info[:2]).encode()).hexdigest()


def _stamp() -> dict[str, str]:
    try:
        kept: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return kept


def _is_usable() -> bool:
    """A .venv that was moved points to its old place, and one whose Python was removed or is another points nowhere."""
    if not PYTHON.exists() or _stamp().get("venv", str(VENV)) != str(VENV):
        return False
    asked = [str(PYTHON), "-c", "import pip, sys; print(*sys.version_info[:2])"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)
    return said.returncode == 0 and said.stdout.split() == [str(part) for part in sys.version_info[:2]]


def _require_space() -> None:
    free = shutil.disk_usage(HERE).free
    if free < NEEDED_BYTES:
        raise Stopped(
            f"Only {free / 1e9:.1f} GB are free on this disk; installing needs about {NEEDED_BYTES / 1e9:.1f} GB."
        )


def _make_venv() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode == 0:
        return
    said = made.stdout + made.stderr
    if "ensurepip" in said or "No module named venv" in said:
        major, minor = sys.version_info[:2]
        raise Stopped(
            "This Python cannot make virtual environments. "
            f"On Debian and Ubuntu: apt install python{major}.{minor}-venv"
        )
    raise Stopped(f"No virtual environment could be made in .venv:\n{_tail(said)}")


def _install_pins(files: tuple[str, ...]) -> None:
    pins = [argument for name in files for argument in ("-r", name)]
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes", "--disable-pip-version-check"]
    uv = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--require-hashes", "--compile-bytecode"]
    LOG.write_text("")
    if _run([*pip, "--retries", "1", "-r", "requirements-uv.txt"]) and _run([*uv, "--python", str(PYTHON), *pins]):
        return
    line("  install    uv could not, so pip does it: a minute or two …")
    if not _run([*pip, *pins]):
        said = LOG.read_text()
        raise Stopped(f"{_reason(said)}\nThe installer's last lines (all of them: .venv/install.log):\n{_tail(said)}")


def _run(command: list[str]) -> bool:
    with LOG.open("a") as log:
        return subprocess.run(command, stdout=log, stderr=log, cwd=HERE, check=False).returncode == 0


def _reason(said: str) -> str:
    return next(
        (sentence for marks, sentence in REASONS if any(mark in said for mark in marks)),
        "The packages could not be installed.",
    )


def _tail(text: str, lines: int = 8) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines()[-lines:])
