"""The pipeline: the only place that knows Dagster. Neither this file nor `apps.py` imports it.

Dagster's and Celery's processes load modules of this package by name, so Django's settings are named here; the web
process and `manage.py` have named them already.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
