"""People, the companies they belong to, and the tokens that act for them.

Users are global; what a person may do is said by one membership and role per company, re-read on every request.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils.timezone import now

from tenants.choices import labelled
from tenants.models import Company

INVITATION_LIFETIME = timedelta(days=7)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email__iexact=email)


class Theme(models.TextChoices):
    SYSTEM = labelled("system", "System")
    LIGHT = labelled("light", "Light")
    DARK = labelled("dark", "Dark")


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by e-mail. `is_operator` marks the platform's own staff; it opens no company's data."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False)
    locale = models.CharField(max_length=16, default="en_US")
    theme = models.CharField(max_length=8, choices=Theme, default=Theme.SYSTEM)
    shortcuts = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=now)

    objects = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.email

    @property
    def is_staff(self) -> bool:
        return self.is_operator

    @property
    def display_name(self) -> str:
        return self.name or self.email


class Role(models.TextChoices):
    """From most to least. `accounts.roles` says what each may do."""

    OWNER = labelled("owner", "Owner")
    ADMIN = labelled("admin", "Admin")
    FINANCE = labelled("finance", "Finance")
    VIEWER = labelled("viewer", "Viewer")


class Membership(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role)
    is_active = models.BooleanField(default=True)
    invited_by = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField(default=now)
    last_seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "company"], name="one_membership")]


class Invitation(models.Model):
    """A seat kept for an e-mail address. The link carries the token once; only its hash stays here."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=8, choices=Role)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.CharField(max_length=254)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)


class ApiToken(models.Model):
    """A key that reads one company's figures for one of its members. Shown once; its hash is kept."""

    PREFIX_LENGTH: ClassVar[int] = 12

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="api_tokens")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    @classmethod
    def issue(
        cls, *, company: Company, user: User, name: str, expires_at: datetime | None = None
    ) -> tuple["ApiToken", str]:
        """A new token and its text, which is not kept anywhere."""
        text = "rcv_" + secrets.token_urlsafe(32)
        token = cls.objects.create(
            company=company,
            user=user,
            name=name,
            prefix=text[: cls.PREFIX_LENGTH],
            token_hash=token_hash(text),
            expires_at=expires_at,
        )
        return token, text


def token_hash(text: str) -> str:
    """SHA-256 is enough for a secret of 256 random bits; there is nothing to guess."""
    return hashlib.sha256(text.encode()).hexdigest()
