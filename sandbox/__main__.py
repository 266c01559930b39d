"""`python -m sandbox`: serve a local Unified.to until told to stop.

A mistake in the arguments, and a port that is taken, are one sentence on standard error and exit status 2.
"""

import argparse
import os
import socket
import sys
from datetime import date
from pathlib import Path
from typing import NoReturn

import uvicorn

from sandbox.clock import Clock, real_clock
from sandbox.memory import BadMemory, load, save
from sandbox.server import create_app
from sandbox.world import BadRecording, Options, World


def main(argv: list[str] | None = None) -> int:
    parser = _Parser(prog="python -m sandbox", description="A local Unified.to with invented books.")
    defaults = Options()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=os.environ.get("SANDBOX_PORT", "8100"))
    parser.add_argument("--api-key", default=os.environ.get("UNIFIED_API_KEY") or defaults.api_key)
    parser.add_argument("--workspace-id", default=os.environ.get("UNIFIED_WORKSPACE_ID") or defaults.workspace_id)
    parser.add_argument(
        "--workspace-secret", default=os.environ.get("UNIFIED_WORKSPACE_SECRET") or defaults.workspace_secret
    )
    parser.add_argument("--today", type=_day, help="the books end the day before; default: the real day")
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--recorded", type=_recording, action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--public-url", default="", help="where browsers reach the sandbox; default: as requested")
    parser.add_argument("--state", type=Path, metavar="FILE", help="remember connections and webhooks here")
    chosen = parser.parse_args(argv)
    options = Options(
        chosen.api_key, chosen.workspace_id, chosen.workspace_secret, seed=chosen.seed, public_url=chosen.public_url
    )
    world = World(options, Clock(chosen.today) if chosen.today else real_clock())
    try:
        for name, path in chosen.recorded:
            world.record_file(name, path)
        if chosen.state:
            load(world, chosen.state)
            world.on_changed = lambda: save(world, chosen.state)
        listener = _listen(chosen.host, chosen.port)
    except (BadRecording, BadMemory, OSError) as error:
        parser.error(str(error))
    sys.stdout.write(f"Sandbox on http://{chosen.host}:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(create_app(world), log_level="warning", access_log=False, timeout_graceful_shutdown=3)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"{self.prog}: {message}\n")
        raise SystemExit(2)


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-01-31") from error


def _recording(text: str) -> tuple[str, Path]:
    name, _, path = text.partition("=")
    if not name or not path:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FILE")
    return name, Path(path)


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)  # whoever reads the address may connect at once
    except OSError as error:
        listener.close()
        raise OSError(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port") from error
    return listener


if __name__ == "__main__":
    raise SystemExit(main())
