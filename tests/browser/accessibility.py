"""Does a page keep the accessibility rules (WCAG 2.2, A and AA), as far as a program can tell?"""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Colours depend on the scheme and layout on the width: two views show every one of both, the other two are for
# whoever changes colours by width.
SCHEMES_AND_WIDTHS = [
    ("light", 1440),
    ("dark", 390),
    pytest.param("dark", 1440, marks=pytest.mark.exhaustive),
    pytest.param("light", 390, marks=pytest.mark.exhaustive),
]


def require_accessible(page: Page) -> None:
    wanted = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=wanted)
    assert not found.response["violations"], f"{page.url}\n{found.generate_report()}"
