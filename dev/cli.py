"""Which command was asked for? Installs what it needs, then does it, and turns what can go wrong into a sentence."""

import argparse
import os

from dev import ROOT, Stopped
from dev.install import install, run_inside
from dev.terminal import complain


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    os.chdir(ROOT)
    try:
        install(with_tests=options.command in ("setup-tests", "browser", "lock"))
        if options.command == "up":
            run_inside("dev.up", *_flags(options))
        elif options.command == "browser":
            run_inside("dev.browser")
        elif options.command == "lock":
            run_inside("dev.lock", *(["--upgrade"] if options.upgrade else []))
    except Stopped as reason:
        complain(reason)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m dev", description="Installs, starts and locks Ledgerline.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="install, then run everything on this machine")
    up.add_argument("--verbose", action="store_true", help="show the logs of all processes")
    up.add_argument("--without-demo", action="store_true", help="create no demo companies")
    commands.add_parser("setup", help="install what running needs into .venv")
    commands.add_parser("setup-tests", help="install what running and testing need into .venv")
    commands.add_parser("browser", help="find a Chromium for the browser tests, or install one")
    lock = commands.add_parser("lock", help="compile requirements*.in into pinned, hashed requirements*.txt")
    lock.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    return parser


def _flags(options: argparse.Namespace) -> list[str]:
    wanted = {"--verbose": options.verbose, "--without-demo": options.without_demo}
    return [flag for flag, is_wanted in wanted.items() if is_wanted]
