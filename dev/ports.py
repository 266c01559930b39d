"""Are the ports free that this copy needs, and if not, who has them?"""

import socket
from pathlib import Path

from dev import Stopped

HIGHEST = 65535


def require_free(wanted: dict[int, str]) -> None:
    """Raises Stopped naming every port of `wanted` (port → what it is for) that cannot be listened on."""
    if max(wanted) > HIGHEST:
        raise Stopped(f"The ports from PORT on are needed, up to PORT+2; choose a PORT of at most {HIGHEST - 2}.")
    taken = [(port, purpose) for port, purpose in wanted.items() if not _is_free(port)]
    if not taken:
        return
    lines = [f"Port {port} ({purpose}) is in use{_holder(port)}." for port, purpose in taken]
    raise Stopped("\n".join([*lines, f"Stop that, or choose other ports: PORT={max(wanted) + 10} make up"]))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104 - the web server listens on all addresses, so all are asked for
        except PermissionError as error:
            raise Stopped(
                f"Port {port} needs administrator rights; choose one above 1023: PORT=8000 make up"
            ) from error
        except OSError:
            return False
    return True


def _holder(port: int) -> str:
    """Who listens there, as far as Linux lets us see it."""
    inode = _listening_inode(port)
    if inode is None:
        return ""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(link.readlink().name == f"socket:[{inode}]" for link in (process / "fd").iterdir()):
                name = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                return f" by process {process.name} ({name.strip()[:60]})"
        except OSError:
            continue
    return ""


def _listening_inode(port: int) -> str | None:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = [row.split() for row in Path(table).read_text().splitlines()[1:]]
        except OSError:
            continue
        for row in rows:
            if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port:
                return row[9]
    return None
