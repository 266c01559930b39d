"""Which credit memos are really one memo?

Some sources list a memo twice: among the invoices and among the credit memos, under one id or under two.
Counting both would credit the customer twice, so memos with the same id, or with the same number,
customer, currency, amount and date, are one (S1). The one that states its balance is kept, because the
balance decides what is open (S5); the other's applications count only where the kept one has none.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from aging.core.records import Application, Document, DocumentKind, Finding


def keep_one_of_each_memo(
    documents: Iterable[Document], applications: Iterable[Application]
) -> tuple[list[Document], list[Application], list[Finding]]:
    """Documents and applications with every memo counted once, and a finding for each that was left out."""
    kept: list[Document] = []
    memos: dict[str, list[Document]] = {}
    for document in documents:
        if document.kind is DocumentKind.CREDIT_MEMO:
            memos.setdefault(document.source_id, []).append(document)
        else:
            kept.append(document)
    by_id = [min(copies, key=_preference) for copies in memos.values()]
    findings = [_seen_twice(memo, memo) for memo in by_id for _ in memos[memo.source_id][1:]]
    twins = _twins(by_id)
    kept.extend(memo for memo in by_id if memo.source_id not in twins)
    findings.extend(_seen_twice(memo, twins[memo.source_id]) for memo in by_id if memo.source_id in twins)
    return kept, _under_kept_ids(applications, twins), findings


def _preference(memo: Document) -> tuple[bool, str, int, bool]:
    last_change = memo.updated_date or date.min
    return memo.balance_minor is None, memo.source_id, -last_change.toordinal(), memo.counts


def _twins(memos: Iterable[Document]) -> dict[str, Document]:
    """The ids left out, each with the memo kept in its place. A void memo and its reissue are not twins."""
    alike: dict[tuple[str, str, str, int, date], list[Document]] = {}
    for memo in memos:
        if memo.counts and memo.number:
            looks = (memo.number, memo.customer_id, memo.currency, memo.total_minor, memo.issued_date)
            alike.setdefault(looks, []).append(memo)
    left_out: dict[str, Document] = {}
    for same in alike.values():
        first, *rest = sorted(same, key=_preference)
        left_out.update((memo.source_id, first) for memo in rest)
    return left_out


def _under_kept_ids(applications: Iterable[Application], twins: dict[str, Document]) -> list[Application]:
    every = list(applications)
    if not twins:
        return every
    heard = _heard_ids(every, twins)
    return [
        replace(application, credit_id=_kept_id(application.credit_id, twins))
        for application in every
        if application.credit_kind is not DocumentKind.CREDIT_MEMO or application.credit_id in heard
    ]


def _heard_ids(applications: Iterable[Application], twins: dict[str, Document]) -> set[str]:
    """Of each memo's ids the one whose applications are taken: the kept one where it has any."""
    claimed = {one.credit_id for one in applications if one.credit_kind is DocumentKind.CREDIT_MEMO}
    heard: dict[str, str] = {}
    for credit_id in sorted(claimed, key=lambda one: (one not in twins, one), reverse=True):
        heard.setdefault(_kept_id(credit_id, twins), credit_id)
    return set(heard.values())


def _kept_id(memo_id: str, twins: dict[str, Document]) -> str:
    return twins[memo_id].source_id if memo_id in twins else memo_id


def _seen_twice(memo: Document, kept: Document) -> Finding:
    return Finding(
        "memo_seen_twice",
        memo.kind.value,
        memo.source_id,
        detail=f"counted once, as {kept.source_id}",
        amount_minor=memo.total_minor,
        currency=memo.currency,
    )
