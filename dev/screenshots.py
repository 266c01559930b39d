"""What does the product look like? Pictures of the running demo: `make up` first, then `make screenshots`.

Everything shown is taken from the copy that runs at this moment, with the demo's generated books.
"""

import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from config import env
from dev import ROOT
from dev.browser import find
from dev.terminal import complain, line

FOLDER = Path(ROOT) / "docs" / "screenshots"
PASSWORD = "ledgerline-demo"  # noqa: S105 - the demo's, known to everybody
FLAGS = "--no-sandbox --disable-gpu --disable-quic --disable-background-networking --disable-sync".split()
WIDE: ViewportSize = {"width": 1440, "height": 1000}
PHONE: ViewportSize = {"width": 390, "height": 844}
Scheme = Literal["light", "dark"]


def main() -> int:
    chromium = find()
    if chromium is None:
        complain("There is no Chromium here. `make browser` gets one.")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=FLAGS)
        _company(browser)
        _connecting(browser)
        _operators(browser)
        browser.close()
    return 0


def _company(browser: Browser) -> None:
    looks: tuple[tuple[str, Scheme, ViewportSize], ...] = (
        ("aging-light", "light", WIDE),
        ("aging-dark", "dark", WIDE),
        ("aging-phone", "light", PHONE),
    )
    for name, scheme, size in looks:
        page = _signed_in(browser, "globex.localhost", "owner@globex.example", scheme=scheme, size=size)
        _keep(page, name)
        if name == "aging-light":
            page.locator("table.matrix tbody td a").first.click()
            page.wait_for_load_state("networkidle")
            _keep(page, "invoices")
            page.locator("tbody th a").first.click()
            page.wait_for_load_state("networkidle")
            _keep(page, "invoice")
        page.context.close()


def _connecting(browser: Browser) -> None:
    page = _signed_in(browser, "acme.localhost", "owner@acme.example")
    page.goto(_at("acme.localhost", "/connections"))
    _keep(page, "connect-1-choose")
    page.get_by_role("link", name="Xero").click()
    _keep(page, "connect-2-what-is-read")
    page.get_by_role("button", name="Continue to Xero").click()
    page.wait_for_load_state("networkidle")
    _keep(page, "connect-3-authorize")
    page.goto(_at("acme.localhost", "/sync-runs"))
    page.locator("tbody a").first.click()
    page.wait_for_load_state("networkidle")
    _keep(page, "sync-run")
    page.context.close()


def _operators(browser: Browser) -> None:
    page = _signed_in(browser, "ops.localhost", "operator@ledgerline.example")
    _keep(page, "operators")
    page.context.close()


def _signed_in(browser: Browser, host: str, email: str, *, scheme: Scheme = "light", size: ViewportSize = WIDE) -> Page:
    context = browser.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    page.goto(_at(host, "/accounts/login/"))
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
    page.wait_for_load_state("networkidle")
    return page


def _at(host: str, path: str) -> str:
    return f"http://{host}:{env.port()}{path}"


def _keep(page: Page, name: str) -> None:
    page.screenshot(path=FOLDER / f"{name}.png")
    line(f"  {name}.png")


if __name__ == "__main__":
    sys.exit(main())
