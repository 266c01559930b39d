"""The pages in a real browser, under the product's content policy: what htmx replaces and what it leaves alone.

A small server renders the sample report for whatever the address asks; what is tried here is the markup and the
scripts, not the views.
"""

import mimetypes
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import django_htmx
import pytest
from jinja2 import Environment
from playwright.sync_api import Browser, Page, expect

from aging.web.pages.report import AgingPage
from tests.aging.web import samples, samples_documents, samples_operators, samples_sources
from tests.browser.accessibility import SCHEMES_AND_WIDTHS, require_accessible

pytestmark = [pytest.mark.browser, pytest.mark.slow]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
)
STATIC = (Path(__file__).parents[3] / "static", Path(django_htmx.__file__).parent / "static")


def report(query: dict[str, str]) -> AgingPage:
    """The sample report as a view would fill it for this query."""
    page, words, bucket = samples.aging_page(), query.get("q", ""), query.get("bucket", "")
    rows = tuple(row for row in page.matrix.rows if words.lower() in row.name.lower())
    table = replace(page.matrix, rows=rows, query=words, empty_text=f"No customer matches “{words}”.", clear_url="/")
    direction = "ascending" if query.get("sort") == "overdue" else "descending"
    headers = tuple(
        replace(head, direction=direction) if head.key == "overdue" else head for head in page.matrix.headers
    )
    as_of = date.fromisoformat(query.get("as_of", samples.AS_OF.isoformat()))
    return replace(
        page,
        period=replace(page.period, as_of=as_of),
        tiles=tuple(replace(tile, is_pressed=str(place) == bucket) for place, tile in enumerate(page.tiles)),
        matrix=replace(table, headers=headers),
        announcement=f"{len(rows)} of 44 customers",
        tabs=tuple(replace(tab, is_current=tab.code == query.get("ccy", "USD")) for tab in page.tabs),
        hidden=(),
    )


Answer = tuple[int, str, dict[str, str]]


def found(html: str) -> Answer:
    return 200, html, {}


def static_file(path: str) -> Answer:
    file = next(root / path for root in STATIC if (root / path).is_file())
    return 200, file.read_text(encoding="utf-8"), {"Content-Type": mimetypes.guess_type(file.name)[0] or "text/plain"}


class Site:
    """The pages of the small server: the report by its query, the others as they are in the samples."""

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.polls = 0
        running = samples_sources.progress(poll_url="/progress", poll_every=50)
        self.pages = {
            "/run": ("connections/sync_run.html", samples_sources.sync_run_page(progress=running)),
            "/invoice": ("aging/invoice.html", samples_documents.invoice_page()),
            "/customer": ("aging/customer.html", samples_documents.customer_page()),
            "/tenants": ("ops/tenants.html", samples_operators.tenants_page()),
            "/connections": ("connections/index.html", samples_sources.connections_page()),
        }

    def answer(self, address: str) -> Answer:
        parts = urlsplit(address)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path.startswith("/static/"):
            return static_file(parts.path.removeprefix("/static/"))
        if parts.path == "/progress":
            return self.progress()
        if parts.path in self.pages:
            template, page = self.pages[parts.path]
            return found(self.render(template, page))
        return self.report(query)

    def render(self, template: str, page: object) -> str:
        return self.env.get_template(template).render(page=page, shell=samples.shell(), request=None, csrf_input="")

    def progress(self) -> Answer:
        self.polls += 1
        is_done = self.polls % 2 == 0
        end = {"poll_url": "", "announcement": "Done", "state": "success"} if is_done else {"poll_url": "/progress"}
        progress = samples_sources.progress(**end, poll_every=50)
        html = self.env.get_template("connections/_progress.html").render(progress=progress)
        return (286 if is_done else 200), html, {}

    def report(self, query: dict[str, str]) -> Answer:
        if query.get("q") == "fail":
            return 500, "broken", {"X-Request-ID": "1775d407"}
        if query.get("q") == "signed out":
            return found(self.env.get_template("message.html").render(page=samples.message_page()))
        return found(self.render("aging/aging.html", report(query)))


@pytest.fixture(scope="module")
def server(jinja: Environment) -> Iterator[str]:
    site = Site(jinja)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, headers = site.answer(self.path)
            data = body.encode()
            fixed = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
            with suppress(ConnectionError):  # a newer search makes the browser hang up on the older one
                self.send_response(status)
                for name, value in (fixed | headers | {"Content-Length": str(len(data))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Requests are not printed."""

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=served.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()


@pytest.fixture
def tab(chromium: Browser, server: str) -> Iterator[Page]:
    context = chromium.new_context(base_url=server, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert not [text for text in complaints if "status of 500" not in text and "Response Status Error" not in text]


def test_searching_changes_the_table_and_the_address_and_keeps_what_is_typed(tab):
    tab.goto("/")
    tab.keyboard.press("/")
    tab.keyboard.type("zinn")
    expect(tab.locator("#results tbody tr")).to_have_count(1)
    expect(tab.locator("#q")).to_be_focused()
    expect(tab.locator("#q")).to_have_value("zinn")
    expect(tab.locator("#announce")).to_have_text("1 of 44 customers")
    assert "q=zinn" in tab.url


def test_a_date_being_typed_is_not_replaced_under_the_fingers(tab):
    tab.goto("/")
    tab.locator("#as_of").fill("2026-08-31")
    expect(tab.locator("#head .subtitle")).to_contain_text("31 Aug 2026")
    expect(tab.locator("#as_of")).to_have_value("2026-08-31")
    assert "as_of=2026-08-31" in tab.url


def test_sorting_keeps_the_keyboard_on_the_heading(tab):
    tab.goto("/")
    tab.locator("#sort-overdue").focus()
    tab.keyboard.press("Enter")
    expect(tab.locator('th[aria-sort="ascending"] #sort-overdue')).to_be_focused()
    assert "sort=overdue" in tab.url


def test_a_bucket_can_be_pressed_with_two_keys_and_back_undoes_it(tab):
    tab.goto("/")
    tab.keyboard.press("b")
    tab.keyboard.press("4")
    expect(tab.locator("#bucket-4")).to_have_attribute("aria-current", "true")
    assert "bucket=4" in tab.url
    tab.go_back()
    expect(tab.locator("#bucket-4")).not_to_have_attribute("aria-current", "true")


def test_keys_step_through_currencies_and_rows_but_never_in_a_field(tab):
    tab.goto("/")
    tab.keyboard.press("c")
    expect(tab.locator("#tab-EUR")).to_have_attribute("aria-current", "true")
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    expect(tab.locator("[data-row-link]").nth(1)).to_be_focused()
    tab.locator("#q").fill("")
    tab.locator("#q").press("c")
    expect(tab.locator("#q")).to_have_value("c")


def test_the_list_of_keys_opens_and_closes(tab):
    tab.goto("/")
    tab.keyboard.press("?")
    expect(tab.locator("#keys")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(tab.locator("#keys")).to_be_hidden()


def test_a_column_tells_its_figures_when_reached_by_keyboard(tab):
    tab.goto("/")
    tab.locator(".trend .column").last.focus()
    tip = tab.locator("#tooltip")
    expect(tip).to_be_visible()
    expect(tip).to_contain_text("31 Oct 2026")
    expect(tip.locator("div")).to_have_count(7)
    expect(tip.locator("div").first).to_contain_text("120+")
    expect(tip.locator("div").last).to_contain_text("Total")
    tab.keyboard.press("Escape")
    expect(tip).to_be_hidden()


def test_a_failed_refresh_keeps_the_figures_and_gives_a_reference(tab):
    tab.goto("/")
    tab.locator("#q").fill("fail")
    expect(tab.locator("#refresh-failed")).to_contain_text("Reference 1775d407.")
    expect(tab.locator("#results tbody tr")).to_have_count(18)
    tab.locator("#q").fill("zinn")
    expect(tab.locator("#results tbody tr")).to_have_count(1)
    expect(tab.locator("#refresh-failed")).to_be_hidden()


def test_an_answer_that_is_another_page_is_gone_to_and_never_blanks_this_one(tab):
    tab.goto("/")
    tab.locator("#q").fill("signed out")
    expect(tab.get_by_role("heading", name="Invitation expired")).to_be_visible()


def test_the_theme_is_applied_at_once_and_kept_in_a_cookie(tab):
    tab.goto("/")
    tab.locator(".side .person").click()
    tab.locator(".side [data-theme-choice=dark]").click()
    expect(tab.locator("html")).to_have_attribute("data-theme", "dark")
    cookies = {cookie["name"]: cookie["value"] for cookie in tab.context.cookies()}
    assert cookies["theme"] == "dark"


def test_a_run_is_followed_to_its_end_and_then_left_alone(tab):
    tab.goto("/run")
    expect(tab.locator("#progress")).to_have_attribute("data-announcement", "Done")
    expect(tab.locator("#announce")).to_have_text("Done")
    assert tab.locator("#progress").get_attribute("hx-get") is None


def test_the_menu_of_a_phone_opens_without_a_script(chromium, server):
    context = chromium.new_context(base_url=server, viewport={"width": 390, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    expect(page.locator("#menu")).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(page.locator("#menu").get_by_role("link", name="Customers")).to_be_visible()
    context.close()


def test_without_a_script_the_filters_are_a_plain_form(chromium, server):
    context = chromium.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.locator("#q").fill("zinn")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#results tbody tr")).to_have_count(1)
    context.close()


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440, 1920])
@pytest.mark.parametrize("path", ["/", "/customer", "/invoice", "/connections", "/run", "/tenants"])
def test_no_page_scrolls_sideways(tab, path, width):
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto(path)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("scheme", "width"), SCHEMES_AND_WIDTHS)
@pytest.mark.parametrize(
    "path", ["/?bucket=4", "/?q=nobody", "/customer", "/invoice", "/connections", "/run", "/tenants"]
)
def test_no_page_breaks_an_accessibility_rule(tab, path, width, scheme):
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto(path)
    require_accessible(tab)
