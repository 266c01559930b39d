"""Which books does a connected business have on a given day?

The same profile, seed and day always give the same objects, byte for byte. The cut is made at the end of
the day before, so that nothing carries a time the clock has not reached yet.
"""

from datetime import date, timedelta

from sandbox.contradictions import contradict
from sandbox.history import draw_history
from sandbox.profiles import Profile
from sandbox.statement import Tables, cut


def generate(profile: Profile, *, seed: int, today: date) -> Tables:
    key = f"{seed}/{profile.name}"
    history = draw_history(profile, key, today)
    tables = cut(history, profile, key, profile.organization(seed), today - timedelta(days=1))
    return contradict(tables) if profile.contradicts_itself else tables
