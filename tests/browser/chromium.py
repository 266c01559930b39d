"""Which browser do the tests look through? The Chromium that `make browser` finds, started anew for each module."""

import os
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import pytest

from dev import browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
MISSING = "There is no Chromium on this machine. `make browser` gets one."

found = cache(browser.find)


def require() -> str:
    """Its path. Without one a test is skipped, unless REQUIRE_BROWSER says that nothing may be."""
    path = found()
    if path is None:
        (pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip)(MISSING)
    return path


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """A module's own: while Playwright runs, its event loop hinders whatever else wants one in this process."""
    from playwright.sync_api import sync_playwright

    path = require()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()
