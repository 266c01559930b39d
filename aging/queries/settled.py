"""Who owes nothing on a day?"""

from dataclasses import dataclass
from datetime import date

from aging.queries import scripts


@dataclass(frozen=True, slots=True)
class SettledCustomer:
    customer_id: int
    source_id: str
    connection_id: int
    name: str


def count_settled(*, as_of: date, query: str = "") -> int:
    (row,) = scripts.rows("settled_customers_count", {"as_of": as_of, "query": scripts.like(query)})
    return int(row["count"])


def list_settled(*, as_of: date, query: str = "", limit: int, offset: int) -> list[SettledCustomer]:
    parameters = {"as_of": as_of, "query": scripts.like(query), "limit": limit, "offset": offset}
    return [SettledCustomer(**row) for row in scripts.rows("settled_customers", parameters)]
