#!/usr/bin/env python
"""Django's command line, with a database that is there."""

import os
import sys


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from config.boot import prepare
    except ImportError as error:
        print(f"{error}. Run `make setup` first, then `.venv/bin/python manage.py`.", file=sys.stderr)
        return 1
    return prepare(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
