from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts.models import User
from accounts.tokens import TokenRefused, issue
from tenants.audit import COMMAND_LINE
from tenants.commands import ProductCommand, require_company


class Command(ProductCommand):
    help = "Issues an API token that reads a company's figures on behalf of one of its members, and prints it once."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("slug")
        parser.add_argument("--email", required=True, help="the member the token acts for")
        parser.add_argument("--name", default="command line")
        parser.add_argument("--days", type=int, default=0, help="days until it expires; left out: until revoked")

    def handle(self, **options: Any) -> None:
        company = require_company(options["slug"])
        user = User.objects.filter(email=options["email"].strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"There is no account {options['email']}. Invite that person first.")
        if options["days"] < 0:
            raise CommandError("--days counts the days from now; give 1 or more.")
        try:
            token, text = issue(
                company=company, user=user, name=options["name"][:80], days=options["days"], by=COMMAND_LINE
            )
        except TokenRefused as error:
            raise CommandError(str(error)) from error
        self.emit(
            {
                "status": "success",
                "tenant": company.slug,
                "email": user.email,
                "token": text,
                "prefix": token.prefix,
            },
            f"Token of {user.email} for {company.name}, shown only now: {text}",
            as_json=options["json"],
        )
