"""`python -m dev COMMAND`. The gate: this file alone must be readable by every Python, to say which one is needed."""

import sys

NEEDED = (3, 11)


def refusal(version):
    return (
        "Python {0}.{1} is too old: Ledgerline needs Python {2}.{3} or newer.\n"
        "Name a newer one, for example:  PYTHON=python3.12 make up"
    ).format(version[0], version[1], NEEDED[0], NEEDED[1])


if __name__ == "__main__":
    if sys.version_info[:2] < NEEDED:
        sys.stderr.write(refusal(sys.version_info) + "\n")
        sys.exit(1)
    from dev.cli import main

    sys.exit(main(sys.argv[1:]))
