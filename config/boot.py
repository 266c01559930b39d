"""What must be true before a command runs: Python new enough, the environment readable, the database there and current.

With no DATABASE_URL the embedded PostgreSQL is started. A database that is brand-new is set up; one that is behind is
brought up to date when it is the embedded one, and otherwise named with its remedy, because migrating somebody's
production database is not a side effect.
"""

import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

NEEDS_NO_DATABASE = frozenset(
    "help version check collectstatic makemessages compilemessages makemigrations shutdown_embedded make_key "
    "setup_database migrate migrate_schemas diffsettings test".split()
)
MAKES_DATABASE = frozenset({"setup_database", "migrate", "makemigrations"})


def prepare(argv: list[str]) -> int:
    command = argv[1] if len(argv) > 1 else "help"
    try:
        from config import env
        from tenants import embedded

        is_embedded = not env.env.str("DATABASE_URL", default="")
        needs_database = command not in NEEDS_NO_DATABASE and not {"-h", "--help", "--version"} & set(argv)
        if is_embedded and (needs_database or command in MAKES_DATABASE):
            embedded.ensure_running(env.var_dir())
        if needs_database:
            _bring_up_to_date(is_embedded)
        execute_from_command_line(argv)
    except ImproperlyConfigured as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _bring_up_to_date(is_embedded: bool) -> None:
    import django
    from django.conf import settings

    settings.DATABASES  # noqa: B018  # an unreadable setting is named before anything connects
    django.setup()
    from tenants.database import DatabaseBehind, DatabaseUnreachable, ensure_current

    try:
        ensure_current(may_migrate=is_embedded)
    except (DatabaseBehind, DatabaseUnreachable) as error:
        raise ImproperlyConfigured(str(error)) from error
