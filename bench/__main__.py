"""`python -m bench` runs every benchmark, `python -m bench NAME …` one of them, `python -m bench --list` names them.

Each is a module of this package that prints what it found and runs in a process of its own, so that none warms
another's caches.
"""

import ast
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def questions() -> dict[str, str]:
    """Each benchmark's name and the first sentence of its module."""
    texts = {path.stem: path.read_text() for path in sorted(HERE.glob("[a-z]*.py"))}
    programs = {name: text for name, text in texts.items() if "__main__" in text}
    return {name: (ast.get_docstring(ast.parse(text)) or "").split("\n")[0] for name, text in programs.items()}


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run(name: str, arguments: list[str]) -> int:
    say(f"{name}: {questions()[name]}")
    return subprocess.run([sys.executable, "-m", f"bench.{name}", *arguments], cwd=HERE.parent, check=False).returncode


def main(arguments: list[str]) -> int:
    known = questions()
    if arguments == ["--list"]:
        say("\n".join(f"{name:<14}{question}" for name, question in known.items()))
        return 0
    if not arguments:
        return max((run(name, []) for name in known), default=0)
    name, *rest = arguments
    if name not in known:
        sys.stderr.write(f"There is no benchmark “{name}”. There are: {', '.join(known)}.\n")
        return 2
    return run(name, rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
