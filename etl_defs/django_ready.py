"""How does a process that Dagster or Celery started come to know Django?

The package itself cannot do it: Django imports `etl_defs` while it loads its apps, for the `sync` command. So the
modules that such processes load by name call this first.
"""

import django
from django.apps import apps


def ensure_django() -> None:
    if not apps.ready:
        django.setup()
