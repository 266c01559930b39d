from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.core.validators import validate_email

from accounts.companies import create_company
from accounts.models import User
from accounts.passwords import read_password
from tenants.commands import ProductCommand
from tenants.provisioning import CompanyRefused, address_of


class Command(ProductCommand):
    help = "Creates a company with its schema and its owner."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("slug")
        parser.add_argument("--name", required=True)
        parser.add_argument("--owner", required=True, metavar="EMAIL")
        parser.add_argument("--currency", default="USD")
        parser.add_argument("--timezone", default="UTC")
        parser.add_argument("--password-stdin", action="store_true", help="read the owner's password from stdin")
        parser.add_argument("--demo", action="store_true", help="say on every page that the data is generated")

    def handle(self, **options: Any) -> None:
        email = options["owner"].strip().lower()
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"“{options['owner']}” is not an e-mail address.") from error
        password = read_password(email) if options["password_stdin"] else None
        user, is_new = self._owner(email, password)
        try:
            company = create_company(
                owner=user,
                slug=options["slug"],
                name=options["name"],
                timezone=options["timezone"],
                currency=options["currency"],
                is_demo=options["demo"],
            )
        except CompanyRefused as error:
            if is_new:
                user.delete()
            raise CommandError(str(error)) from error
        self.emit(
            {
                "status": "success",
                "tenant": company.slug,
                "name": company.name,
                "schema": company.schema_name,
                "url": address_of(company),
                "owner": user.email,
                "currency": company.currency,
                "timezone": company.timezone,
            },
            f"{company.name} lives at {address_of(company)}; its owner is {user.email}.",
            as_json=options["json"],
        )

    def _owner(self, email: str, password: str | None) -> tuple[User, bool]:
        """The person with that address; a new one is made, verified, and may set a password by e-mail."""
        user = User.objects.filter(email=email).first()
        is_new = user is None
        if user is None:
            user = User.objects.create_user(email=email, password=password)
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        elif password is not None:
            raise CommandError(f"{email} has an account already; leave out --password-stdin to use it.")
        return user, is_new
