"""S3: which calendar day the source means."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from aging.core.dates import NotADate, calendar_date, instant, month_end, month_ends, terms_days

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
NEW_YORK = ZoneInfo("America/New_York")
AUCKLAND = ZoneInfo("Pacific/Auckland")


@pytest.mark.parametrize(
    "text",
    ["2025-05-31", "2025-05-31T00:00:00Z", "2025-05-31T00:00:00.000Z", "2025-05-31 00:00:00+00:00"],
)
@pytest.mark.parametrize("tz", [LOS_ANGELES, AUCKLAND])
def test_s3_a_date_and_a_midnight_utc_stamp_are_never_shifted(text: str, tz: ZoneInfo) -> None:
    assert calendar_date(text, tz) == date(2025, 5, 31)


@pytest.mark.parametrize(
    ("text", "tz", "day"),
    [
        ("2025-07-01T01:30:00Z", NEW_YORK, date(2025, 6, 30)),
        ("2025-06-30T13:00:00.123456789Z", AUCKLAND, date(2025, 7, 1)),
        ("2025-07-01T00:00:00+02:00", NEW_YORK, date(2025, 6, 30)),
        ("2025-07-01T00:00:01Z", LOS_ANGELES, date(2025, 6, 30)),
        ("2025-07-01T00:00:00.5Z", LOS_ANGELES, date(2025, 6, 30)),
        ("2025-03-30T01:30:00+0100", NEW_YORK, date(2025, 3, 29)),
    ],
)
def test_s3_other_instants_are_days_on_the_tenants_wall(text: str, tz: ZoneInfo, day: date) -> None:
    assert calendar_date(text, tz) == day


def test_s3_a_time_without_zone_is_read_on_the_tenants_wall() -> None:
    assert calendar_date("2025-06-30T23:30:00", AUCKLAND) == date(2025, 6, 30)
    assert instant("2025-06-30T23:30:00", NEW_YORK) == datetime(2025, 7, 1, 3, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0000-00-00",
        "infinity",
        "-infinity",
        "2025-02-30",
        "1899-12-31",
        "2201-01-01",
        "20250-01-01",
        "20250101",
        "2025-W01-1",
        "2025-05-01T25:00:00Z",
        "2025-05-01T",
        "0001-01-01T00:00:01+14:00",
        "9999-12-31T23:59:59-12:00",
        "٢٠٢٥-٠١-٠١",
        pytest.param("2025-05-01" + "0" * 1_000_000, id="a megabyte"),
        "next friday",
    ],
)
def test_s3_what_is_no_date_between_1900_and_2200_is_refused(text: str) -> None:
    for read in (calendar_date, instant):
        with pytest.raises(NotADate) as refused:
            read(text, NEW_YORK)
        assert len(str(refused.value)) < 120


def test_s3_an_instant_whose_day_falls_out_of_the_years_is_refused() -> None:
    with pytest.raises(NotADate):
        calendar_date("1900-01-01T01:00:00Z", NEW_YORK)


def test_a_change_is_an_instant_in_utc() -> None:
    assert instant("2025-06-30T20:00:00-05:00", AUCKLAND) == datetime(2025, 7, 1, 1, tzinfo=UTC)
    assert instant("2025-06-30", AUCKLAND) == datetime(2025, 6, 30, tzinfo=UTC)
    assert instant("2025-06-30T20:00:00Z", AUCKLAND).tzinfo is UTC


@pytest.mark.parametrize(
    ("terms", "days"),
    [
        ("ON_RECEIPT", 0),
        ("NET_7", 7),
        ("NET_30", 30),
        ("net 45", 45),
        ("NET90", 90),
        ("OTHER", None),
        ("", None),
        ("2/10 NET 30", None),
        ("NET_30_EOM", None),
    ],
)
def test_s3_terms_grant_days_only_where_they_say_a_number(terms: str, days: int | None) -> None:
    assert terms_days(terms) == days


def test_months_end_on_their_last_day_leap_years_included() -> None:
    assert month_end(date(2024, 2, 3)) == date(2024, 2, 29)
    assert month_end(date(2100, 2, 3)) == date(2100, 2, 28)
    assert month_ends(date(2024, 2, 3), 3) == (date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 29))
    assert month_ends(date(2024, 12, 31), 1) == (date(2024, 12, 31),)
