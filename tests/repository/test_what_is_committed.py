import ast
import re

from tests.repository.tracked import ROOT, lines_matching, text_of, tracked

OTHERS = [name for name in tracked() if name != "tests/repository/test_what_is_committed.py"]
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-uv.txt")
UNFINISHED = r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b"
REGISTRIES = r"pypi\.org|pythonhosted\.org|npmjs\.org|deb\.debian\.org|--(extra-)?index-url +\S*//"
MACHINE_PATHS = r"(?<![\w.}])/(root|home/\w+|Users/\w+|work|opt/wheels)/"


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    assert lines_matching(re.compile(MACHINE_PATHS), among=OTHERS) == []
    assert lines_matching(re.compile(re.escape(f"{ROOT}/"))) == []


def test_no_file_names_a_package_registry() -> None:
    assert lines_matching(re.compile(REGISTRIES), among=OTHERS) == []


def test_the_locks_name_packages_and_hashes_only() -> None:
    assert lines_matching(re.compile(r"://|^-(i|f|-index|-find)|\s@\s"), among=LOCKS) == []


def test_every_pinned_package_carries_a_hash() -> None:
    for name in LOCKS:
        entries = re.split(r"\n(?=[a-z0-9])", text_of(name))
        pins = [entry for entry in entries if "==" in entry]
        assert pins
        assert [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin] == []


def test_nothing_is_left_unfinished() -> None:
    assert lines_matching(re.compile(UNFINISHED), among=OTHERS) == []


def test_no_third_party_or_minified_code_is_kept_here() -> None:
    foreign = re.compile(r"\.min\.(js|css)$|(^|/)(node_modules|vendor|dist|site-packages)/|\.(whl|map)$")
    assert [name for name in tracked() if foreign.search(name)] == []
    written_by_machines = re.compile(r"^.{1000}")
    assert (
        lines_matching(written_by_machines, among=[name for name in tracked() if name.endswith((".js", ".css"))]) == []
    )


def test_no_file_is_larger_than_a_person_would_read_or_look_at() -> None:
    assert [name for name in tracked() if (ROOT / name).stat().st_size > 600_000] == []


def test_what_is_made_while_running_is_not_committed() -> None:
    made = re.compile(r"^(var|\.venv|staticfiles)/|(^|/)(__pycache__|\.env|\.DS_Store)(/|$)|\.(pyc|log|sock)$")
    assert [name for name in tracked() if made.search(name)] == []


def test_no_private_key_or_token_is_committed() -> None:
    secret = re.compile(r"BEGIN [A-Z ]*PRIVATE KEY|eyJ[\w-]{20,}\.eyJ|\bAKIA[0-9A-Z]{16}\b|\bghp_\w{30}")
    assert lines_matching(secret, among=OTHERS) == []


def test_modules_and_functions_stay_small_enough_to_read_at_once() -> None:
    modules = [name for name in tracked() if name.endswith(".py") and not name.startswith("tests/")]
    modules = [name for name in modules if "/migrations/" not in name]
    assert [name for name in modules if text_of(name).count("\n") > 400] == []
    functions = [
        f"{name}:{node.lineno} {node.name}"
        for name in modules
        for node in ast.walk(ast.parse(text_of(name)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 60
    ]
    assert functions == []
