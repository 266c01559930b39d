"""Which processes run the pipeline, and how is each started?

The process manager starts these lines from the repository's root with `environment()` added to its own; Dagster is not
imported here. One code server answers the daemon and the webserver; `dagster api grpc` is used instead of
`dagster code-server start`, which keeps a second process only to reload code, and code is reloaded by a restart.

Two workers, so that a person's click never waits behind a sweep: one serves the interactive queue alone, the other
everything. Growing means starting more of them, on any machine.
"""

import sys

from django.conf import settings

from etl_defs import addresses
from tenants.sync_names import BACKGROUND_QUEUE, CODE_LOCATION, INTERACTIVE_QUEUE, SWEEP_QUEUE


def environment() -> dict[str, str]:
    return {
        "DAGSTER_HOME": str(addresses.dagster_home().resolve()),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }


def commands() -> dict[str, list[str]]:
    """Name → command line. `python -m etl_defs.instance` must have run before; Redis must run for the workers."""
    workspace = ["--workspace", str(addresses.workspace_file())]
    return {
        "code": [
            *_python("dagster", "api", "grpc"),
            *("--socket", str(addresses.code_server_socket())),
            *("--module-name", "etl_defs.definitions", "--location-name", CODE_LOCATION),
            *("--use-python-environment-entry-point", "--log-level", "warning"),
        ],
        "daemon": [*_python("dagster._daemon", "run"), *workspace, "--log-level", "warning"],
        "dagster": [
            *_python("dagster_webserver"),
            *("--host", "127.0.0.1", "--port", str(settings.PORT + 2)),
            *workspace,
            *("--dagster-log-level", "warning", "--log-level", "warning"),
        ],
        "clicks": _worker("clicks", [INTERACTIVE_QUEUE], children=1),
        "sweeps": _worker("sweeps", [INTERACTIVE_QUEUE, BACKGROUND_QUEUE, SWEEP_QUEUE], children=1),
    }


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _worker(name: str, queues: list[str], *, children: int) -> list[str]:
    return [
        *_python("celery", "--app", "etl_defs.worker", "worker"),
        *("--hostname", f"{name}@%h", "--queues", ",".join(queues), "--concurrency", str(children)),
        *("--without-gossip", "--without-mingle", "--loglevel", "WARNING"),
    ]
