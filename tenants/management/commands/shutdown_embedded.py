from typing import Any

from django.conf import settings

from tenants import embedded
from tenants.commands import ProductCommand


class Command(ProductCommand):
    help = "Stops the embedded PostgreSQL of this VAR_DIR."

    def handle(self, **options: Any) -> None:
        stopped = embedded.stop(settings.VAR_DIR)
        sentence = "The embedded database is stopped." if stopped else "The embedded database was not running."
        self.emit({"status": "success", "stopped": stopped}, sentence, as_json=options["json"])
