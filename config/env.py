"""What the environment says, and what to do when it says too little.

Every variable the product knows is read here, once. A missing or wrong one stops the start with its name and its
remedy instead of surfacing later as a puzzle. On one machine (BASE_DOMAIN is localhost or below it) the two keys are
made on first use and kept in VAR_DIR, so that a fresh clone needs no configuration; anywhere else they are required.
"""

import base64
import fcntl
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from tenants import embedded

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if (BASE_DIR / ".env").is_file():
    env.read_env(str(BASE_DIR / ".env"))


def var_dir() -> Path:
    path = Path(env.str("VAR_DIR", default="var"))
    return path if path.is_absolute() else BASE_DIR / path


def _is_held(path: Path) -> bool:
    """Does `make up` run with this VAR_DIR? It keeps the file locked until its end, however it ends."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


# What a running `make up` chose: commands in another terminal then mean that copy and its sandbox.
RUNNING = var_dir() / "running.env"
if not (env("UNIFIED_API_URL", default="") or env("UNIFIED_API_KEY", default="")) and _is_held(RUNNING):
    env.read_env(str(RUNNING))


def database_url() -> str:
    url = env.str("DATABASE_URL", default="")
    if not url:
        return embedded.url(var_dir())
    if urlsplit(url).scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(
            "DATABASE_URL is not a PostgreSQL address. Write postgresql://user:password@host:5432/name, "
            "or leave it out to use the embedded database."
        )
    return url


def redis_url() -> str:
    """The shared cache: REDIS_URL, else the embedded server of this VAR_DIR while it runs, else none."""
    url = env.str("REDIS_URL", default="")
    if url:
        return url
    socket = embedded.redis_socket(var_dir())
    return f"unix://{socket}" if socket.exists() else ""


def base_domain() -> str:
    domain = env.str("BASE_DOMAIN", default="localhost").strip().strip(".").lower()
    if not domain or "/" in domain or ":" in domain:
        raise ImproperlyConfigured(
            "BASE_DOMAIN must be a bare host name such as receivables.example, without scheme or port."
        )
    return domain


def is_local() -> bool:
    domain = base_domain()
    return domain == "localhost" or domain.endswith(".localhost")


def port() -> int:
    text = env.str("PORT", default="8000")
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ImproperlyConfigured(f"PORT is {text!r}: give a number between 1 and 65535.")
    return int(text)


def kept_key(name: str, remedy: str) -> str:
    """The key `name` from the environment; on one machine, one made on first use and kept in VAR_DIR."""
    value = env.str(name, default="")
    if value:
        return value
    if not is_local():
        raise ImproperlyConfigured(f"{name} is not set. {remedy}")
    path = var_dir() / "keys" / name.lower()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        try:
            with path.open("x") as file:
                path.chmod(0o600)
                file.write(made)
        except FileExistsError:
            pass
    return path.read_text().strip()


def unified_environment() -> str:
    value = env.str("UNIFIED_ENV", default="Production")
    if value not in ("Production", "Sandbox"):
        raise ImproperlyConfigured(f"UNIFIED_ENV is {value!r}: write Production or Sandbox.")
    return value
