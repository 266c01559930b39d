import subprocess
import sys
from pathlib import Path

from tests.repository.tracked import ROOT, text_of, tracked


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_benchmark_is_listed_with_the_question_it_answers() -> None:
    paths = [Path(name) for name in tracked() if name.startswith("bench/") and "def main(" in text_of(name)]
    listed = dict(line.split(maxsplit=1) for line in bench("--list").stdout.splitlines())
    assert set(listed) == {path.stem for path in paths} - {"__main__"}
    assert all(question.strip() for question in listed.values())


def test_a_benchmark_that_does_not_exist_is_answered_with_those_that_do() -> None:
    answer = bench("nonsense")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "fetching" in answer.stderr
