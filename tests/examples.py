"""On how many generated cases is a property tried? On a few in every run, on many with HYPOTHESIS_PROFILE=thorough.

Each run draws new cases, so that those of everyday add up; what once failed is tried first the next time.
"""

import os

from hypothesis import HealthCheck, Phase, settings

TIMES = {"everyday": 1, "thorough": 20}
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "everyday")
BOOKS = 12

# No deadline, and slowness is no failure: how long a case takes is the machine's business.
for name, times in TIMES.items():
    patience = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    settings.register_profile(name, max_examples=100 * times, deadline=None, suppress_health_check=patience)
settings.load_profile(PROFILE)


def examples(count: int) -> settings:
    return settings(max_examples=count * TIMES[PROFILE])


def books() -> settings:
    """For what publishes each case: a failing ledger is small already, and making it smaller would take minutes."""
    return settings(examples(BOOKS), phases=[Phase.explicit, Phase.reuse, Phase.generate])
