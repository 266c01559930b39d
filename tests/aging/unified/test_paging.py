"""A list that changes while it is read loses no row, and every walk ends (F31, F36, F37, F38)."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from aging.unified.errors import PagingLoop
from aging.unified.paging import Page, iterate_pages


@dataclass(frozen=True)
class Row:
    id: str
    updated_at: str = ""


def rows(count: int) -> list[Row]:
    return [Row(f"r{number:05}") for number in range(count)]


@dataclass
class Source:
    """A list in the order of creation that changes after every answer."""

    rows: list[Row]
    change: Callable[["Source"], None] = lambda source: None
    cap: int = 1_000
    calls: int = 0
    tells_total: bool = False

    def fetch(self, offset: int, limit: int) -> Page[Row]:
        self.calls += 1
        found = self.rows[offset : offset + min(limit, self.cap)]
        page = Page(found, len(self.rows) if self.tells_total else None)
        self.change(self)
        return page


def ids(source: Source, **options: int) -> list[str]:
    return [row.id for page in iterate_pages(source.fetch, **options) for row in page]  # type: ignore[arg-type]


def restless(seed: int, deleted_per_page: float) -> Callable[[Source], None]:
    """New rows at the end, deletions anywhere."""
    chance = random.Random(seed)

    def change(source: Source) -> None:
        source.rows.extend(Row(f"new{seed}-{source.calls}-{n}") for n in range(chance.randint(0, 2)))
        whole, part = divmod(deleted_per_page, 1)
        for _ in range(int(whole) + (chance.random() < part)):
            if source.rows:
                source.rows.pop(chance.randrange(len(source.rows)))

    return change


def lost_rows(seed: int, deleted_per_page: float, read: Callable[[Source], set[str]]) -> int:
    source = Source(rows(800), restless(seed, deleted_per_page))
    before = {row.id for row in source.rows}
    seen = read(source)
    return len((before & {row.id for row in source.rows}) - seen)


def anchored(source: Source) -> set[str]:
    return set(ids(source, page_size=40))


def plain(source: Source) -> set[str]:
    seen: set[str] = set()
    offset = 0
    while page := source.fetch(offset, 40).rows:
        seen.update(row.id for row in page)
        offset += len(page)
    return seen


@pytest.mark.parametrize("deleted_per_page", [0.1, 1, 15], ids=["quiet", "busy", "bulk clean-up"])
def test_no_row_that_was_there_all_along_is_lost_when_rows_shift_between_pages(deleted_per_page: float) -> None:
    assert sum(lost_rows(seed, deleted_per_page, anchored) for seed in range(40)) == 0


def test_plain_offset_paging_would_lose_rows() -> None:
    """The test above can fail: the same data, read the plain way."""
    assert all(sum(lost_rows(seed, rate, plain) for seed in range(40)) > 0 for rate in (0.1, 1, 15))


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 39, 40, 41, 80, 400, 401])
@pytest.mark.parametrize("cap", [3, 10, 12, 25, 1_000])
def test_every_row_comes_once_whatever_the_page_size_that_the_source_grants(count: int, cap: int) -> None:
    found = ids(Source(rows(count), cap=cap), page_size=40)
    assert found == [row.id for row in rows(count)]


def test_a_source_that_grants_one_row_a_page_is_read_to_its_end() -> None:
    assert len(ids(Source(rows(30), cap=1), page_size=40)) == 30


def test_a_source_that_answers_more_than_was_asked_is_taken_at_its_rows() -> None:
    source = Source(rows(341))
    found = [row.id for page in iterate_pages(lambda o, _l: source.fetch(o, 1_000)) for row in page]
    assert len(found) == len(set(found)) == 341


def test_short_pages_in_the_middle_are_not_the_end() -> None:
    everything = rows(300)
    chance = random.Random(7)

    def fetch(offset: int, limit: int) -> Page[Row]:
        return Page(everything[offset : offset + chance.randint(limit // 2, limit)])

    assert len({row.id for page in iterate_pages(fetch, page_size=40) for row in page}) == 300


def test_one_empty_answer_in_the_middle_is_not_the_end() -> None:
    for empty_call in range(1, 12):
        source = Source(rows(300))

        def fetch(offset: int, limit: int, source: Source = source, empty_call: int = empty_call) -> Page[Row]:
            page = source.fetch(offset, limit)
            return Page([]) if source.calls == empty_call else page

        assert len({row.id for page in iterate_pages(fetch, page_size=40) for row in page}) == 300


def test_an_empty_list_is_believed_when_it_is_said_twice() -> None:
    source = Source([])
    assert ids(source) == []
    assert source.calls == 2


def test_a_total_that_is_reached_spares_the_calls_that_confirm_the_end() -> None:
    quick, careful = Source(rows(30), tells_total=True), Source(rows(30))
    assert ids(quick) == ids(careful)
    assert (quick.calls, careful.calls) == (1, 3)


def test_a_total_below_the_rows_to_come_ends_nothing() -> None:
    source = Source(rows(250))
    found = [row for page in iterate_pages(lambda o, n: Page(source.fetch(o, n).rows, 100)) for row in page]
    assert len(found) == 250


def test_a_source_that_ignores_the_offset_is_found_out_within_three_calls() -> None:
    source = Source(rows(500))
    with pytest.raises(PagingLoop):
        list(iterate_pages(lambda _o, limit: source.fetch(0, limit)))
    assert source.calls == 3


def test_a_capped_list_of_ledger_records_that_ignores_the_offset_is_not_taken_for_complete() -> None:
    source = Source(rows(500), cap=50)
    with pytest.raises(PagingLoop):
        list(iterate_pages(lambda _o, limit: source.fetch(0, limit)))


def test_a_short_reference_list_may_be_answered_whole_whatever_the_offset() -> None:
    source = Source(rows(3))
    pages = list(iterate_pages(lambda _o, limit: source.fetch(0, limit), may_ignore_offset=True))
    assert [row.id for page in pages for row in page] == [row.id for row in rows(3)]


def test_a_source_that_never_ends_is_left_in_bounded_calls() -> None:
    calls = 0

    def fetch(offset: int, limit: int) -> Page[Row]:
        nonlocal calls
        calls += 1
        return Page([Row(f"r{(offset + n) % 150}") for n in range(limit)])

    with pytest.raises(PagingLoop):
        list(iterate_pages(fetch, page_size=40))
    assert calls < 100


def test_an_overlap_costs_a_tenth_more_calls_not_twice_as_many() -> None:
    source = Source(rows(3_000))
    ids(source)
    assert source.calls <= 37


def test_of_a_record_given_twice_in_one_page_the_newer_stands() -> None:
    old, new = Row("a", "2026-01-01T00:00:00Z"), Row("a", "2026-02-01T00:00:00Z")
    for page in ([old, new], [new, old]):
        answers = iter([Page(page), *[Page([]) for _ in range(5)]])
        assert next(iterate_pages(lambda _o, _n, answers=answers: next(answers))) == [new]  # type: ignore[misc]


def test_pages_come_lazily() -> None:
    source = Source(rows(3_000))
    walk = iterate_pages(source.fetch)
    next(walk)
    assert source.calls == 1
