"""How does a command learn a password? From standard input, so that it stands in no process list and no history."""

import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from accounts.models import User


def read_password(email: str) -> str:
    """One line, held to the rules of the sign-up form."""
    password = sys.stdin.readline().rstrip("\n")
    try:
        validate_password(password, User(email=email))
    except ValidationError as error:
        raise CommandError("The password is refused. " + " ".join(error.messages)) from error
    return password
