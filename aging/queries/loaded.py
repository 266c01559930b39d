"""How many records of each kind does the ledger hold from each connection?"""

from collections import defaultdict

from django.db.models import Count

from aging.models import Customer, Document


def count_loaded() -> dict[int, dict[str, int]]:
    """Connection → kind of record → how many; what was deleted at the source is not counted."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    customers = Customer.objects.filter(is_placeholder=False).values("connection_id")
    for row in customers.annotate(count=Count("pk")):
        found[row["connection_id"]]["customer"] = row["count"]
    documents = Document.objects.filter(deleted_at=None).values("connection_id", "kind")
    for row in documents.annotate(count=Count("pk")):
        found[row["connection_id"]][row["kind"]] = row["count"]
    return dict(found)
