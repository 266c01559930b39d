import json
from pathlib import Path

import pytest

from dev import Stopped, install


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A folder of its own where nothing is really installed; what would have been run is noted."""
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").touch()
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text(f"pins of {name}")
    places = {"HERE": tmp_path, "VENV": venv, "PYTHON": venv / "bin" / "python"}
    for name, value in {**places, "STAMP": venv / "installed.json", "LOG": venv / "install.log"}.items():
        monkeypatch.setattr(install, name, value)
    monkeypatch.setattr(install, "_is_usable", lambda: True)
    monkeypatch.setattr(install, "_require_space", lambda: None)
    ran: list[list[str]] = []
    monkeypatch.setattr(install, "_run", lambda command: ran.append(command) is None)
    return ran


def test_what_is_installed_already_is_not_installed_again(commands: list[list[str]]) -> None:
    install.install(with_tests=True)
    assert commands
    commands.clear()
    install.install(with_tests=True)
    install.install(with_tests=False)
    assert commands == []


def test_a_changed_lock_is_installed(commands: list[list[str]]) -> None:
    install.install(with_tests=False)
    commands.clear()
    (install.HERE / "requirements.txt").write_text("another pin")
    install.install(with_tests=False)
    assert any("requirements.txt" in command for command in commands)


def test_tests_need_more_than_running(commands: list[list[str]]) -> None:
    install.install(with_tests=False)
    assert not any("requirements-dev.txt" in command for command in commands)
    install.install(with_tests=True)
    assert any("requirements-dev.txt" in command for command in commands)


def test_every_installer_is_told_to_check_hashes(commands: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "_run", lambda command: commands.append(command) or "uv" not in command[0])
    install.install(with_tests=True)
    assert len(commands) == 3  # uv itself, uv that fails, pip in its place
    assert all("--require-hashes" in command for command in commands)


def test_nothing_is_noted_as_installed_when_it_was_not(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "_run", lambda _command: False)
    with pytest.raises(Stopped):
        install.install(with_tests=False)
    assert not install.STAMP.exists()


def test_a_venv_that_was_moved_is_not_taken_for_installed(commands: list[list[str]]) -> None:
    install.install(with_tests=False)
    install.STAMP.write_text(json.dumps({**json.loads(install.STAMP.read_text()), "venv": "/elsewhere/.venv"}))
    commands.clear()
    install.install(with_tests=False)
    assert commands


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "hash differs"),
        ("ERROR: Could not find a version that satisfies uv==0.13.9 (from versions: none)", "registry does not answer"),
        ("Failed to establish a new connection: [Errno -3] Temporary failure in name resolution", "registry"),
        ("something nobody has seen", "could not be installed"),
    ],
)
def test_what_an_installer_said_becomes_a_sentence(said: str, sentence: str) -> None:
    assert sentence in install._reason(said)
