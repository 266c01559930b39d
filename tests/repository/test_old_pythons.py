import ast
import subprocess
import sys

import pytest

from tests.repository.tracked import ROOT, text_of

GATE = ("dev/__init__.py", "dev/__main__.py")
TOO_NEW = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Match, ast.AsyncFunctionDef, ast.Nonlocal)
PRETEND = """
import runpy, sys
sys.version_info = {version}
sys.argv = ["dev", "up"]
runpy.run_module("dev", run_name="__main__")
"""


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 9, 18), (2, 7, 18)])
def test_a_python_that_is_too_old_is_told_which_one_is_needed(version: tuple[int, int, int]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRETEND.format(version=version)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"Python {version[0]}.{version[1]} is too old" in done.stderr
    assert "3.11" in done.stderr
    assert "PYTHON=" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", GATE)
def test_the_gate_is_written_in_words_that_old_pythons_can_read(name: str) -> None:
    for node in ast.walk(ast.parse(text_of(name))):
        assert not isinstance(node, TOO_NEW), f"{name}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None
            assert [argument for argument in node.args.args if argument.annotation] == []
            assert node.args.kwonlyargs == []
