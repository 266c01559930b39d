"""What does no accounting system admit, and every one delivers?

A handful of rows per business that disagree with themselves, each of a kind seen at the vendor or named in
its contract. They are chosen by age, so that the same rows are odd from one day to the next, and few, so
that the totals stay readable. Everything here is about single rows; failing requests belong to the fault
plan.
"""

from collections.abc import Callable
from decimal import Decimal

from sandbox.customers import stable_id
from sandbox.statement import Tables
from sandbox.wire import Object


def contradict(tables: Tables) -> Tables:
    invoices = tables["invoice"]
    settled = [row for row in invoices if row.get("status") == "PAID" and row["type"] == "INVOICE"]
    if len(settled) > 400:
        for place, change in enumerate(_SETTLED, start=3):
            change(settled[place * 20])
        for row in settled[100::60]:  # some systems say nothing about a settled invoice's balance
            del row["balance_amount"]
            del row["paid_amount"]
        settled[41]["invoice_number"] = settled[40]["invoice_number"]
        invoices.append(_bill(settled[43]))
    _contradict_payments(tables["payment"])
    return tables


def _paid_with_a_balance(row: Object) -> None:
    row["balance_amount"] = Decimal("12.34")


def _due_before_issue(row: Object) -> None:
    row["due_at"] = f"{int(row['posted_at'][:4]) - 1}{row['posted_at'][4:]}".replace("-02-29", "-02-28")


def _unknown_contact(row: Object) -> None:
    row["contact_id"] = stable_id(row["id"], "nobody")


def _unknown_status(row: Object) -> None:
    row["status"] = "IN_COLLECTION"


def _no_due_date(row: Object) -> None:
    del row["due_at"]


def _late_in_the_day(row: Object) -> None:
    row["posted_at"] = row["posted_at"].replace("T00:00:00.000Z", "T16:20:11.000Z")


_SETTLED: tuple[Callable[[Object], None], ...] = (
    _paid_with_a_balance,
    _due_before_issue,
    _unknown_contact,
    _unknown_status,
    _no_due_date,
    _late_in_the_day,
)


def _bill(invoice: Object) -> Object:
    """A payable that leaks into the list of receivables."""
    kept = {key: value for key, value in invoice.items() if key not in ("payments", "paid_at")}
    return kept | {"id": stable_id(invoice["id"], "bill"), "type": "BILL", "invoice_number": "BILL-2201"}


def _contradict_payments(payments: list[Object]) -> None:
    if len(payments) < 100:
        return
    gone = next(row for row in payments[50:] if row.get("allocations") and row["status"] == "SUCCEEDED")
    extra = gone | {
        "id": stable_id(gone["id"], "astray"),
        "total_amount": Decimal("150"),
        "allocations": [
            gone["allocations"][0] | {"object_id": stable_id(gone["id"], "gone"), "amount": Decimal("150")}
        ],
    }
    supplier = {key: value for key, value in gone.items() if key not in ("allocations", "invoice_id")}
    payments.append(extra)
    payments.append(supplier | {"id": stable_id(gone["id"], "bill payment"), "type": "BILL"})
