"""The tests' own folder, database and environment. Loaded before Django's settings are read: `-p tests.environment`."""

import os
import tempfile
from pathlib import Path

# A variable of the person's own shell must not lead tests anywhere.
FOREIGN = (
    "UNIFIED_API_URL UNIFIED_API_KEY UNIFIED_WORKSPACE_ID UNIFIED_WORKSPACE_SECRET UNIFIED_ENV REDIS_URL DAGSTER_HOME "
    "CELERY_BROKER_URL PLAIN_COOKIES DEBUG PORT"
).split()


def prepare() -> None:
    var_dir = Path(os.environ.get("VAR_DIR") or Path(tempfile.gettempdir()) / f"receivables-tests-{os.getuid()}")
    os.environ["VAR_DIR"] = str(var_dir)
    (var_dir / "static").mkdir(parents=True, exist_ok=True)  # the web server warns, at each start, where it is missing
    for name in FOREIGN:
        os.environ.pop(name, None)
    os.environ["BASE_DOMAIN"] = "localhost"
    os.environ["EMAIL_URL"] = "memorymail://"
    os.environ["DAGSTER_URL"] = "http://127.0.0.1:1"
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    if not os.environ.get("DATABASE_URL"):
        _start_postgres(var_dir)


def _start_postgres(var_dir: Path) -> None:
    """Once for all test processes; it stays for the next run, as a command's database does."""
    import fasteners

    from tenants import embedded

    var_dir.mkdir(parents=True, exist_ok=True)
    var_dir.chmod(0o755)
    with fasteners.InterProcessLock(str(var_dir / ".start-lock")):
        embedded.ensure_running(var_dir)


prepare()
