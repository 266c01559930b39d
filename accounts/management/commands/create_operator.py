from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from accounts.models import User
from accounts.passwords import read_password
from tenants.audit import COMMAND_LINE, record_event
from tenants.commands import ProductCommand
from tenants.router import CONTROL_ALIAS


class Command(ProductCommand):
    help = "Makes a person an operator of the platform; a new account is made where there is none."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("email")
        parser.add_argument("--password-stdin", action="store_true", help="read the new account's password from stdin")

    def handle(self, **options: Any) -> None:
        email = options["email"].strip().lower()
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"“{options['email']}” is not an e-mail address.") from error
        with transaction.atomic(using=CONTROL_ALIAS):
            user = User.objects.filter(email=email).first()
            if user is not None and options["password_stdin"]:
                raise CommandError(f"{email} has an account already; leave out --password-stdin to use it.")
            if user is None:
                user = User.objects.create_user(
                    email=email, password=read_password(email) if options["password_stdin"] else None
                )
                EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
            User.objects.filter(pk=user.pk).update(is_operator=True)
            record_event("operator.made", by=COMMAND_LINE, company=None, subject=email)
        address = f"{settings.PUBLIC_SCHEME}://{settings.OPERATORS_HOST}{settings.PUBLIC_PORT_SUFFIX}/"
        self.emit(
            {"status": "success", "email": email, "url": address},
            f"{email} is an operator and signs in at {address}",
            as_json=options["json"],
        )
