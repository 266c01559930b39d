"""How does a person want the pages? Language of figures, theme, shortcuts; kept on the user, valid in every company."""

from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from django.http import HttpResponse

from accounts.models import Theme, User

THEME_COOKIE = "theme"
YEAR = 365 * 24 * 3600
LOCALES = {
    "en_US": "English (United States)",
    "en_GB": "English (United Kingdom)",
    "en_IN": "English (India)",
    "de_DE": "German (Germany)",
    "de_AT": "German (Austria)",
    "de_CH": "German (Switzerland)",
    "fr_FR": "French (France)",
    "es_ES": "Spanish (Spain)",
    "it_IT": "Italian (Italy)",
    "nl_NL": "Dutch (Netherlands)",
    "pt_BR": "Portuguese (Brazil)",
    "sv_SE": "Swedish (Sweden)",
    "pl_PL": "Polish (Poland)",
    "ja_JP": "Japanese (Japan)",
}


def locale_choices() -> list[tuple[str, str]]:
    """Each with a figure written its way, because that is what the choice changes."""
    sample = Decimal("1234567.89")
    return [(code, f"{words}: {format_decimal(sample, locale=code)}") for code, words in LOCALES.items()]


def change_profile(user: User, wishes: dict[str, Any]) -> None:
    """`wishes` holds name, locale, theme and shortcuts and nothing else."""
    User.objects.filter(pk=user.pk).update(
        name=wishes["name"].strip(), locale=wishes["locale"], theme=wishes["theme"], shortcuts=wishes["shortcuts"]
    )
    user.refresh_from_db()


def remember_theme(response: HttpResponse, user: User, *, forget: bool = False) -> None:
    """The page's first byte already needs the theme, so it travels as a cookie that the theme menu changes too.

    Without `forget` a person who follows the system keeps what this device was set to.
    """
    if user.theme != Theme.SYSTEM:
        response.set_cookie(THEME_COOKIE, user.theme, max_age=YEAR, samesite="Lax")
    elif forget:
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
