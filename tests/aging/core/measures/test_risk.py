"""A grade and the sentences that justify it."""

from hypothesis import given
from hypothesis import strategies as st

from aging.core.measures.risk import Grade, Risk, Standing, grade_risk

DAYS = st.lists(st.integers(-60, 200), max_size=12)


def standing(**given_figures):
    calm = {"gross": 1_000, "past_due": 0, "oldest_days": -5, "receivables_of_all": 100_000}
    return Standing(**{**calm, **given_figures})


def test_a_customer_who_pays_as_ever_is_low_and_the_reason_says_so():
    assert grade_risk(standing()) == Risk(Grade.LOW, ("Nothing is past due.",))
    little = standing(past_due=100, oldest_days=1)
    assert grade_risk(little) == Risk(Grade.LOW, ("Only 10% of what is open is past due, by 1 day at most.",))


def test_a_customer_who_owes_nothing_has_no_grade():
    assert grade_risk(standing(gross=0)) == Risk(None, ("Nothing was open.",))


def test_much_that_is_past_due():
    assert grade_risk(standing(past_due=200, oldest_days=9)) == Risk(Grade.WATCH, ("20% of what is open is past due.",))
    assert grade_risk(standing(past_due=500, oldest_days=9)) == Risk(Grade.HIGH, ("50% of what is open is past due.",))


def test_an_old_item_counts_from_the_thirty_first_and_the_ninety_first_day():
    graded = {days: grade_risk(standing(past_due=10, oldest_days=days)) for days in (30, 31, 90, 91)}
    assert [one.grade for one in graded.values()] == [Grade.LOW, Grade.WATCH, Grade.WATCH, Grade.HIGH]
    assert graded[91].reasons == ("The oldest open invoice is 91 days late.",)


def test_paying_later_than_before():
    graded = grade_risk(standing(recent_days=[21] * 5, earlier_days=[9] * 5))
    compared = "21 days after the due date, where it was 9 days after the due date"
    assert graded == Risk(Grade.WATCH, (f"Invoices are now paid 12 days later than before: {compared}.",))
    assert grade_risk(standing(recent_days=[24] * 5, earlier_days=[9] * 5)).grade is Grade.HIGH
    assert (
        "on the due date, where it was 6 days before"
        in grade_risk(standing(recent_days=[0] * 5, earlier_days=[-6] * 5)).reasons[0]
    )


def test_a_trend_needs_five_invoices_on_both_sides():
    for recent, earlier in ((4, 9), (9, 4)):
        assert grade_risk(standing(recent_days=[90] * recent, earlier_days=[0] * earlier)).grade is Grade.LOW


def test_an_invoice_later_than_any_before_breaks_the_pattern():
    broken = standing(past_due=10, oldest_days=25, recent_days=[2, 3], earlier_days=[4, 8, 10])
    sentence = "An invoice is 25 days late, and none of the last 5 was paid later than 10 days after the due date."
    assert grade_risk(broken) == Risk(Grade.HIGH, (sentence,))
    within = standing(past_due=10, oldest_days=10, recent_days=[2, 3], earlier_days=[4, 8, 10])
    assert grade_risk(within).grade is Grade.LOW


def test_a_pattern_needs_five_invoices():
    assert grade_risk(standing(past_due=10, oldest_days=25, earlier_days=[1] * 4)).grade is Grade.LOW


def test_being_large_calls_for_attention_and_never_for_more():
    graded = grade_risk(standing(gross=90_000))
    assert graded == Risk(Grade.WATCH, ("90% of all receivables are owed by this customer.",))


def test_the_gravest_reason_comes_first():
    graded = grade_risk(standing(past_due=300, oldest_days=120, gross=1_000, receivables_of_all=4_000))
    assert graded.grade is Grade.HIGH
    assert graded.reasons == (
        "The oldest open invoice is 120 days late.",
        "30% of what is open is past due.",
        "25% of all receivables are owed by this customer.",
    )


@given(st.integers(1, 10**9), st.data(), st.integers(-60, 400), DAYS, DAYS)
def test_every_grade_has_its_reasons(gross, data, oldest, recent, earlier):
    past_due = data.draw(st.integers(0, gross)) if oldest > 0 else 0
    graded = grade_risk(Standing(gross, past_due, oldest, 10**9, recent, earlier))
    assert graded.grade in Grade
    assert graded.reasons and all(sentence.endswith(".") for sentence in graded.reasons)
