"""What time does the sandbox think it is?

The books are cut at a day given from outside, so that the same day gives the same bytes. After that, time
has to move, because a change must be newer than what a client has already seen: the clock runs on from that
day at the speed of the machine and never gives the same millisecond twice.
"""

import time
from datetime import UTC, date, datetime, timedelta


class Clock:
    def __init__(self, today: date, time_of_day: timedelta = timedelta(hours=12)) -> None:
        self.opened_on = today
        self._start = datetime(today.year, today.month, today.day, tzinfo=UTC) + time_of_day
        self._began = time.monotonic()
        self._last = self._start

    def now(self) -> datetime:
        reached = self._start + timedelta(seconds=time.monotonic() - self._began)
        self._last = max(reached, self._last + timedelta(milliseconds=1))
        return self._last

    @staticmethod
    def at(timestamp: float) -> datetime:
        return datetime.fromtimestamp(timestamp, UTC)

    def today(self) -> date:
        return self.now().date()


def real_clock() -> Clock:
    moment = datetime.now(UTC)
    return Clock(moment.date(), moment - moment.replace(hour=0, minute=0, second=0, microsecond=0))
