"""How a person starts, tests and locks the product on one machine: what the Makefile calls.

Standard library only until `.venv` exists; the product's own modules are imported by what runs inside it. The product
never imports this package. This file too is read by old Pythons, before the gate in `__main__` has spoken.
"""

import os

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Stopped(Exception):
    """It cannot go on; the message says why and what to do."""
