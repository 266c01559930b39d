"""From nothing to a figure and its documents, as a person goes: sign up, connect, sync, read, drill, and the wall."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import require
from tests.browser.running import RunningCopy, running_copy

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PASSWORD = "a long enough passphrase"
SYNC_MILLISECONDS = 120_000


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCopy]:
    require()
    var_dir = tmp_path_factory.mktemp("copy")
    for folder in (var_dir, *list(var_dir.parents)[:2]):
        folder.chmod(0o755)  # the embedded PostgreSQL runs as another user where we are root
    with running_copy(var_dir, "--without-demo") as running:
        yield running
    deadline = time.monotonic() + 20
    while running.descendants() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not running.descendants(), "Ctrl-C left processes behind"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh browser profile; whatever a script or the content policy complains of fails the test."""
    context = chromium.new_context()
    context.set_default_timeout(20_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert not [text for text in complaints if "403" not in text]


def sign_up(page: Page, copy: RunningCopy, email: str) -> None:
    page.goto(copy.at("localhost"))
    page.get_by_role("link", name="Create your company").first.click()
    page.get_by_label("Work e-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Confirm your e-mail address")).to_be_visible()
    page.get_by_label("Code").fill(copy.mails()[-1].split()[0])
    page.get_by_role("button", name="Continue").click()


def create_company(page: Page, copy: RunningCopy, name: str, slug: str) -> None:
    page.get_by_role("link", name="Create a company").click()
    page.get_by_label("Company name").fill(name)
    page.get_by_label("Address").fill(slug)
    page.get_by_role("button", name="Create company").click()
    page.wait_for_url(copy.at(f"{slug}.localhost"))


def connect_and_sync(page: Page, copy: RunningCopy) -> None:
    """Through the authorization page to the live run and its end."""
    expect(page.get_by_text("Connect your accounting system to see who owes you what.")).to_be_visible()
    page.get_by_role("link", name="Connect", exact=True).click()
    page.get_by_role("link", name="QuickBooks Online").click()
    page.get_by_role("button", name="Continue to QuickBooks Online").click()
    page.get_by_role("button", name="Approve").or_(page.locator("button.approve")).first.click()
    page.wait_for_url(re.compile(r"/sync-runs/\d+"))
    expect(page.get_by_role("heading", name="What came of it")).to_be_visible(timeout=SYNC_MILLISECONDS)


def figure(text: str) -> str:
    return re.sub(r"[^0-9.−-]", "", text)


def test_the_whole_way_from_sign_up_to_an_invoice_and_no_further_for_others(page: Page, copy: RunningCopy) -> None:
    sign_up(page, copy, "ada@walk.example")
    create_company(page, copy, "Walk & Sons", "walk")
    connect_and_sync(page, copy)

    page.goto(copy.at("walk.localhost"))
    printed = copy.manage("aging", "walk", "--json", "--detail", "invoices")
    assert printed.returncode == 0, printed.stderr
    (currency,) = json.loads(printed.stdout)["currencies"]
    totals = currency["totals"]
    figures = {figure(text) for text in page.locator("table.matrix tfoot td").all_inner_texts()}
    assert {totals["net"], totals["past_due"], totals["buckets"]["120+"]} <= figures

    cell = page.locator("table.matrix tbody td a").first
    amount = figure(cell.inner_text())
    cell.click()
    expect(page.get_by_role("heading", name="Invoices", level=1)).to_be_visible()
    assert amount in {figure(text) for text in page.locator("tfoot td").all_inner_texts()}
    page.locator("tbody th a").first.click()
    expect(page.get_by_role("heading", name="Why it is here")).to_be_visible()

    stranger = page.context.browser.new_context()  # type: ignore[union-attr]
    try:
        other = stranger.new_page()
        other.set_default_timeout(20_000)
        sign_up(other, copy, "eve@other.example")
        create_company(other, copy, "Other Ltd", "other")
        other.goto(copy.at("walk.localhost"))
        expect(other.get_by_role("heading", name="Sign in to Walk & Sons")).to_be_visible()
        other.get_by_label("E-mail").fill("eve@other.example")
        other.get_by_label("Password").fill(PASSWORD)
        other.get_by_role("button", name="Sign in", exact=True).click()
        expect(other.get_by_text("Walk & Sons owes")).to_have_count(0)
        refused = other.goto(copy.at("walk.localhost", "/invoices"))
        assert refused is not None
        assert "/accounts/login/" in other.url
    finally:
        stranger.close()


def test_an_operator_sees_the_company_and_none_of_its_figures(page: Page, copy: RunningCopy) -> None:
    made = copy.manage("create_operator", "op@platform.example", "--password-stdin", stdin=PASSWORD)
    assert made.returncode == 0, made.stderr
    page.goto(copy.at("ops.localhost"))
    page.get_by_label("E-mail").fill("op@platform.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    row = page.get_by_role("row", name=re.compile("Walk & Sons"))
    expect(row).to_contain_text("Healthy")
    page.get_by_role("row", name=re.compile("Walk & Sons")).get_by_role("button", name="Sync now").click()
    expect(page.get_by_text(re.compile("Walk & Sons")).first).to_be_visible()
    told = copy.manage("aging", "walk", "--json")
    net = json.loads(told.stdout)["currencies"][0]["totals"]["net"]
    assert net.split(".")[0] not in page.content().replace(",", "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["aging", "nobody"], "There is no company “nobody”"),
        (["aging", "walk", "--as-of", "31.12.2026"], "is no date"),
        (["sync", "nobody"], "There is no company “nobody”"),
        (["connect", "walk", "--connection-id", "000000000000000000000000"], "connection"),
        (["create_tenant", "walk", "--name", "Again", "--owner", "a@b.example"], "is taken"),
    ],
)
def test_wrong_input_is_answered_with_a_sentence(
    copy: RunningCopy, arguments: list[str], sentence: str, page: Page
) -> None:
    answer = copy.manage(*arguments)
    assert answer.returncode == 1
    assert sentence in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_second_copy_on_the_same_port_says_so(copy: RunningCopy, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=rf"{copy.port}.*(in use|taken|busy)"):
        with running_copy(tmp_path, "--without-demo", port=copy.port):
            pytest.fail("it started")
