"""What does the page of the report's settings show?"""

from dataclasses import dataclass

from aging.web.pages.common import Link, Notice, Option


@dataclass(frozen=True, slots=True)
class SchemeRow:
    """One currency: an amount for each bucket, then unapplied (negative) and net."""

    currency: str
    amounts: tuple[int, ...]
    unapplied: int
    net: int


@dataclass(frozen=True, slots=True)
class SchemeTable:
    """Today's totals under one way of aging them."""

    basis: str
    labels: tuple[str, ...]
    rows: tuple[SchemeRow, ...]


@dataclass(frozen=True, slots=True)
class SchemeForm:
    """What may be typed; `problem` says in a sentence why it cannot be previewed or saved."""

    edges: str
    bases: tuple[Option, ...]
    preview_url: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SchemeSave:
    """What Save would send: the same values that the preview was made of."""

    url: str
    edges: str
    basis: str


@dataclass(frozen=True, slots=True)
class ReportSettingsPage:
    """`form` is None for people who may read the settings and not change them.

    `proposed` is None while nothing else than the present settings is proposed; `save` is set together with it.
    `reset_url` is empty while the company has the settings every company starts with.
    """

    tabs: tuple[Link, ...]
    present: SchemeTable
    form: SchemeForm | None = None
    proposed: SchemeTable | None = None
    notice: Notice | None = None
    save: SchemeSave | None = None
    reset_url: str = ""
