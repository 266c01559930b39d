"""What may a template call? The few globals and filters of the Jinja environment.

Filters that write figures take the reader's locale from `shell` in the context, so that no template names
it. A macro file therefore has to be imported `with context`; the page tests render in a German locale and
fail on any figure that was not. Without a shell (a fragment's error, a signed-out page) the locale is
English.

Undefined names raise (the settings pass StrictUndefined): a misspelt field is an error in the tests and not
an empty cell on a customer's screen.
"""

import datetime as dt
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django_htmx.jinja import htmx_script
from jinja2 import Environment, pass_context, select_autoescape
from jinja2.runtime import Context

from accounts.pages import bare_domain_address
from accounts.sessions import place_of
from aging.web import charts, formats

DEFAULT_LOCALE = "en_US"
THEME_COOKIE = "theme"
THEMES = ("light", "dark")


def environment(**options: Any) -> Environment:
    options["autoescape"] = select_autoescape(["html"], default_for_string=True)  # .txt mails stay plain
    env = Environment(**options)  # noqa: S701 - autoescape is in the options
    env.globals.update(
        static=static,
        url=url,
        htmx_script=htmx_script,
        messages_of=messages_of,
        theme_of=theme_of,
        place_of=place_of,
        bare_domain=bare_domain_address(),
        stack_row=charts.stack_row,
        chart_columns=charts.columns,
        sparkline=charts.sparkline,
    )
    env.filters.update(
        money=money,
        money_sym=money_sym,
        compact=compact,
        narrow=narrow,
        pct=pct,
        count_of=count_of,
        day=formats.day,
        moment=formats.moment,
        iso=iso,
    )
    return env


def url(name: str, *args: Any, **kwargs: Any) -> str:
    return reverse(name, args=args, kwargs=kwargs)


def messages_of(request: HttpRequest | None) -> list[Any]:
    return list(get_messages(request)) if request is not None else []


def theme_of(request: HttpRequest | None) -> str:
    """The theme chosen in the menu, kept in a cookie so that the first byte of the page already has it."""
    chosen = request.COOKIES.get(THEME_COOKIE, "") if request is not None else ""
    return chosen if chosen in THEMES else ""


@pass_context
def money(context: Context, minor: int, currency: str, whole: bool = False) -> str:
    return formats.money(minor, currency, _locale(context), whole=whole)


@pass_context
def money_sym(context: Context, minor: int, currency: str, whole: bool = False) -> str:
    return formats.money_sym(minor, currency, _locale(context), whole=whole)


@pass_context
def compact(context: Context, minor: int, currency: str, sign: bool = False) -> str:
    return formats.compact(minor, currency, _locale(context), sign=sign)


@pass_context
def narrow(context: Context, minor: int, currency: str) -> str:
    return formats.narrow(minor, currency, _locale(context))


@pass_context
def pct(context: Context, ratio: float, places: int = 1) -> str:
    return formats.pct(ratio, _locale(context), places)


@pass_context
def count_of(context: Context, number: int) -> str:
    return formats.count(number, _locale(context))


def iso(value: dt.date) -> str:
    return value.isoformat()


def _locale(context: Context) -> str:
    shell = context.get("shell")
    return shell.locale if shell is not None else DEFAULT_LOCALE
