"""The records that the vendor's real Sandbox returned: every one is accounted for."""

import json
from collections import Counter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aging.core.findings import CODES
from aging.core.records import Document
from aging.unified.decoding import decode_page
from aging.unified.documents import Mapped
from aging.unified.mapping import Mapper, Outcome, Skipped
from aging.unified.objects import BY_NAME

RECORDED = Path(__file__).parents[4] / "shared" / "unified" / "sandbox-sample.json"


@pytest.fixture(scope="module")
def recorded() -> dict[str, list[dict[str, Any]]]:
    if not RECORDED.exists():
        pytest.skip("the recorded Sandbox records are not on this machine")
    found: dict[str, list[dict[str, Any]]] = json.loads(RECORDED.read_bytes())
    return found


def outcomes(recorded: dict[str, list[dict[str, Any]]], kind: str) -> list[Outcome]:
    rows = decode_page(json.dumps(recorded[kind]).encode(), BY_NAME[kind])
    mapper = Mapper(ZoneInfo("America/Chicago"))
    return [mapper.map_row(row) for row in rows]


def test_every_recorded_invoice_is_mapped_or_skipped_as_a_payable(recorded: dict[str, list[dict[str, Any]]]) -> None:
    found = outcomes(recorded, "invoice")
    types = Counter(row.get("type") for row in recorded["invoice"])
    kinds = Counter(
        one.record.kind.value if isinstance(one, Mapped) and isinstance(one.record, Document) else type(one).__name__
        for one in found
    )
    expected = {"invoice": types["INVOICE"], "credit_memo": types["CREDITMEMO"], "Skipped": types["BILL"]}
    assert kinds == Counter({kind: count for kind, count in expected.items() if count})
    assert [one.record.source_id if isinstance(one, Mapped) else one.source_id for one in found] == [
        row["id"] for row in recorded["invoice"]
    ]
    assert not any(isinstance(one, Skipped) and one.object_type != "invoice" for one in found)


def test_recorded_amounts_arrive_exactly(recorded: dict[str, list[dict[str, Any]]]) -> None:
    by_id = {row["id"]: row for row in recorded["invoice"]}
    for one in outcomes(recorded, "invoice"):
        if isinstance(one, Mapped) and isinstance(one.record, Document) and one.record.currency == "JPY":
            assert one.record.total_minor == by_id[one.record.source_id]["total_amount"]
        if isinstance(one, Mapped) and isinstance(one.record, Document):
            source = by_id[one.record.source_id]
            assert (one.record.balance_minor is None) == ("balance_amount" not in source)
            assert one.record.counts == (source["status"] not in {"DRAFT", "VOIDED"})


def test_every_recorded_contact_is_a_customer(recorded: dict[str, list[dict[str, Any]]]) -> None:
    found = outcomes(recorded, "contact")
    assert len(found) == len(recorded["contact"])
    assert all(isinstance(one, Mapped) and one.record.source_id for one in found)


def test_every_finding_has_its_wording(recorded: dict[str, list[dict[str, Any]]]) -> None:
    findings = [finding for one in outcomes(recorded, "invoice") if isinstance(one, Mapped) for finding in one.findings]
    assert {finding.code for finding in findings} <= set(CODES)
