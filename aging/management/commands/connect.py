"""An operator links a connection that exists at Unified.to already to a company."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from aging.ingest.client import MissingApiKey
from aging.ingest.connecting import LinkRefused, link_connection
from aging.unified.client import WrongAddress
from aging.unified.errors import ConnectionGone, Unauthorized, UnifiedError, Unreachable
from tenants.audit import COMMAND_LINE
from tenants.commands import ProductCommand, require_company
from tenants.models import Company, Connection


class Command(ProductCommand):
    help = "Verifies a connection at Unified.to and links it to a company."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("slug")
        parser.add_argument("--connection-id", required=True, metavar="ID", help="the connection's id at Unified.to")

    def handle(self, **options: Any) -> None:
        company = require_company(options["slug"])
        connection = self._link(company, options["connection_id"].strip())
        organization = connection.organization_name or "an organization that does not tell its name"
        self.emit(
            {
                "status": "success",
                "tenant": company.slug,
                "connection_id": connection.external_id,
                "integration": connection.integration_type,
                "organization": connection.organization_name,
                "partition_key": connection.partition_key,
            },
            f"{company.name} is connected to {organization} ({connection.integration_name}) "
            f"as {connection.partition_key}. Load it with: manage.py sync {company.slug}",
            as_json=options["json"],
        )

    def _link(self, company: Company, external_id: str) -> Connection:
        try:
            return link_connection(company, external_id, by=COMMAND_LINE)
        except ConnectionGone as error:
            raise CommandError(f"Unified.to knows no connection “{external_id}”.") from error
        except (LinkRefused, MissingApiKey, WrongAddress) as error:
            raise CommandError(str(error)) from error
        except UnifiedError as error:
            raise CommandError(f"{error.sentence} {_remedy(error)}".strip()) from error


def _remedy(error: UnifiedError) -> str:
    if isinstance(error, Unauthorized):
        return "Check UNIFIED_API_KEY."
    if isinstance(error, Unreachable):
        return f"Check UNIFIED_API_URL, which is {settings.UNIFIED_API_URL}."
    return ""
