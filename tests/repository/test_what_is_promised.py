"""What the documents say exists: targets, commands and variables."""

import re
import subprocess

from tests.repository.tracked import ROOT, text_of, tracked

STABLE_TARGETS = {"up", "setup", "test", "check", "browser", "bench"}
STABLE_COMMANDS = {"create_tenant", "connect", "sync", "aging", "create_api_token", "shutdown_embedded"}
DOCUMENTS = [name for name in tracked() if name.endswith(".md")]
DJANGOS = {"check", "migrate", "collectstatic", "shell", "makemigrations"}


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))


def _commands() -> set[str]:
    found = (re.fullmatch(r"\w+/management/commands/([a-z]\w+)\.py", name) for name in tracked())
    return {match[1] for match in found if match}


def test_the_makefile_has_every_stable_target() -> None:
    assert _targets() >= STABLE_TARGETS
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[0] for line in listed.splitlines()} >= STABLE_TARGETS


def test_every_make_target_that_a_document_names_exists() -> None:
    for name in DOCUMENTS:
        named = set(re.findall(r"(?:`|^\s{0,4}|\$ |=\S+ )make ([a-z-]+)", text_of(name), re.MULTILINE))
        assert named <= _targets(), name


def test_every_management_command_that_a_document_names_exists() -> None:
    assert _commands() >= STABLE_COMMANDS
    for name in DOCUMENTS:
        named = set(re.findall(r"manage\.py ([a-z_]+)", text_of(name)))
        assert named <= _commands() | DJANGOS, name


def test_every_file_that_a_document_links_to_exists() -> None:
    for name in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[\w-]*)?\)", text_of(name)):
            assert ((ROOT / name).parent / target).exists(), f"{name} links to {target}"


def test_the_environment_example_lists_exactly_what_is_read() -> None:
    reading = re.compile(r"""(?:\benv(?:\.\w+)?|kept_key)\(\s*"([A-Z][A-Z_]+)\"""")
    read = {found for name in tracked() if name.startswith("config/") for found in reading.findall(text_of(name))}
    listed = set(re.findall(r"^#?([A-Z][A-Z_]+)=", text_of(".env.example"), re.MULTILINE))
    assert listed == read


def test_the_readme_describes_every_variable_of_the_example() -> None:
    listed = set(re.findall(r"^#?([A-Z][A-Z_]+)=", text_of(".env.example"), re.MULTILINE))
    assert {variable for variable in listed if f"`{variable}`" not in text_of("README.md")} == set()
