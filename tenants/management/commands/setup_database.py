from typing import Any

from tenants import database
from tenants.commands import ProductCommand


class Command(ProductCommand):
    help = "Creates the database and its roles where missing and brings the public schema up to date."

    def handle(self, **options: Any) -> None:
        database.set_up()
        self.emit({"status": "success"}, "The public schema is up to date.", as_json=options["json"])
