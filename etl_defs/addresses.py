"""Where do Dagster's pieces live: its folder, its database, its broker, the socket of its code server?

Everything follows from the settings, so that dagster.yaml holds neither an address nor a password: Dagster copies that
file's content into every message it sends to a worker. Dagster has a database of its own beside the product's, because
its event log grows and is purged at another pace.
"""

import tempfile
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings

from tenants.embedded import SOCKET_PATH_LIMIT, redis_socket
from tenants.router import OWNER_ALIAS


def dagster_home() -> Path:
    return Path(settings.DAGSTER_HOME)


def workspace_file() -> Path:
    return dagster_home() / "workspace.yaml"


def code_server_socket() -> Path:
    """In the temporary folder when DAGSTER_HOME's own path is too long for a Unix socket."""
    path = dagster_home() / "code.sock"
    if len(str(path)) < SOCKET_PATH_LIMIT:
        return path
    return Path(tempfile.gettempdir()) / f"dagster-{sha256(str(path).encode()).hexdigest()[:12]}.sock"


def database_name() -> str:
    return f"{settings.DATABASES[OWNER_ALIAS]['NAME']}_dagster"


def database_url() -> str:
    """For SQLAlchemy. The driver is named: from version 2.1 on, the bare scheme means psycopg 3, which Dagster's
    storage cannot use."""
    owner = settings.DATABASES[OWNER_ALIAS]
    user = quote(owner["USER"] or "", safe="")
    password = f":{quote(owner['PASSWORD'], safe='')}" if owner["PASSWORD"] else ""
    host, port = owner["HOST"] or "", str(owner["PORT"] or "")
    if host.startswith("/"):
        query = {"host": host} | ({"port": port} if port else {})
        return f"postgresql+psycopg2://{user}{password}@/{database_name()}?{urlencode(query)}"
    place = f"{host}:{port}" if port else host
    options = {key: value for key, value in owner["OPTIONS"].items() if key.startswith("ssl")}
    query_text = f"?{urlencode(options)}" if options else ""
    return f"postgresql+psycopg2://{user}{password}@{place}/{database_name()}{query_text}"


def broker_url() -> str:
    """CELERY_BROKER_URL, else the Redis server that also is the shared cache, else the embedded one's socket."""
    if settings.CELERY_BROKER_URL:
        return settings.CELERY_BROKER_URL
    cache = settings.CACHES["default"].get("LOCATION", "")
    if cache.startswith(("redis://", "rediss://")):
        return cache
    return f"redis+socket://{redis_socket(settings.VAR_DIR)}"
