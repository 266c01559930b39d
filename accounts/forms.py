"""What may people type, and what is refused before anything is written?"""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from allauth.account.forms import LoginForm, SignupForm
from babel.core import get_global
from babel.numbers import get_currency_name
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.text import slugify

from accounts import invitations
from accounts.models import Role, Theme, User
from accounts.profile import locale_choices
from accounts.roles import grantable
from tenants.models import SLUG_PATTERN


class LogInForm(LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "E-mail"
        _without_placeholders(self)


class SignUpForm(SignupForm):
    """With an invitation in hand the address is the invited one: it was proven by the link."""

    name = forms.CharField(
        label="Your name", max_length=120, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    field_order = ("name", "email", "password1")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "Work e-mail"
        _without_placeholders(self)

    def clean_email(self) -> str:
        email: str = super().clean_email()
        invitation = invitations.held_now()
        if invitation is not None and invitation.email != email:
            raise ValidationError(f"The invitation is for {invitation.email}. Sign up with that address.")
        return email

    def signup(self, request: HttpRequest, user: User) -> None:
        user.name = self.cleaned_data["name"].strip()
        user.save(update_fields=["name"])


def _without_placeholders(form: forms.Form) -> None:
    """They repeat the label and vanish with the first letter."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


@cache
def currencies() -> tuple[tuple[str, str], ...]:
    """Every currency that is legal tender somewhere today, by code."""
    tender = {
        code
        for used in get_global("territory_currencies").values()
        for code, _, until, is_tender in used
        if until is None and is_tender
    }
    return tuple((code, f"{code} · {get_currency_name(code, locale='en')}") for code in sorted(tender))


@cache
def time_zones() -> tuple[tuple[str, str], ...]:
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix")))
    return tuple((name, name.replace("_", " ")) for name in ["UTC", *places])


class CompanyForm(forms.Form):
    """The name and the slug's shape are checked here; whether the slug is free only when it is taken."""

    name = forms.CharField(
        label="Company name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    slug = forms.RegexField(
        SLUG_PATTERN,
        label="Address",
        required=False,
        max_length=40,
        error_messages={"invalid": "Use lower-case letters, digits and hyphens, such as acme-co."},
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )
    currency = forms.ChoiceField(label="Main currency", choices=currencies, initial="USD")
    timezone = forms.ChoiceField(
        label="Time zone",
        choices=time_zones,
        initial="UTC",
        help_text="Decides when a day ends and an invoice is late.",
    )

    def __init__(self, *args: Any, base_domain: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].help_text = f"Your colleagues will open acme-co.{base_domain}. Empty: made from the name."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "slug" in cleaned and not cleaned["slug"]:
            cleaned["slug"] = slugify(cleaned.get("name", ""))[:40].strip("-_").replace("_", "-")
            if not cleaned["slug"] and cleaned.get("name"):
                self.add_error("slug", "Choose an address; the name has no letters to make one from.")
        return cleaned


class CompanyAddressForm(forms.Form):
    """Somebody remembers the company's address but not where to type it."""

    slug = forms.RegexField(
        SLUG_PATTERN,
        label="Company address",
        max_length=40,
        error_messages={"invalid": "Write the first part of the address, such as acme-co."},
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )


class InvitationForm(forms.Form):
    email = forms.EmailField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label="Role")

    def __init__(self, *args: Any, granter: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in grantable(granter)]
        self.fields["role"].initial = Role.FINANCE

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role)


class ProfileForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    locale = forms.ChoiceField(label="How figures are written", choices=locale_choices)
    theme = forms.ChoiceField(label="Theme", choices=Theme)
    shortcuts = forms.BooleanField(label="Single-key shortcuts", required=False)


class SecurityForm(forms.Form):
    require_mfa = forms.BooleanField(
        label="Every member needs a second factor",
        required=False,
        help_text="Members without one are asked to set it up before they see anything else; their API tokens are "
        "refused until they have.",
    )


class TokenForm(forms.Form):
    name = forms.CharField(
        label="Name", max_length=80, help_text="What will use the token, such as “Month-end spreadsheet”."
    )
    days = forms.TypedChoiceField(
        label="Valid for",
        coerce=int,
        choices=((90, "90 days"), (365, "One year"), (0, "Until revoked")),
        initial=365,
    )
