from typing import Any

from cryptography.fernet import Fernet

from tenants.commands import ProductCommand


class Command(ProductCommand):
    help = "Prints a new key for FIELD_ENCRYPTION_KEY."

    def handle(self, **options: Any) -> None:
        key = Fernet.generate_key().decode()
        self.emit({"key": key}, key, as_json=options["json"])
