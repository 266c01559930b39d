"""Which exact packages are installed everywhere? Compiles requirements*.in into pinned, hashed, address-free locks.

`--universal` pins for every platform at once, and `--no-strip-extras` is what pip's hash mode needs. Without
--upgrade the pins stay and only what the .in files changed moves.
"""

import subprocess
import sys

from dev import ROOT

COMPILE = (
    ".venv/bin/uv pip compile --quiet --universal --python-version 3.11 --no-strip-extras --generate-hashes "
    "--no-emit-index-url --no-emit-find-links --no-annotate"
).split()


def main() -> int:
    upgrade = [argument for argument in sys.argv[1:] if argument == "--upgrade"]
    header = ["--custom-compile-command", "make lock"]
    for source, extra, given in (
        ("requirements.in", header, None),
        ("requirements-dev.in", header, None),
        ("-", ["--no-header"], "uv\n"),
    ):
        target = "requirements-uv.txt" if source == "-" else source.replace(".in", ".txt")
        command = [*COMPILE, *extra, *upgrade, source, "-o", target]
        done = subprocess.run(command, input=given, text=True, cwd=ROOT, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
