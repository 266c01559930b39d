"""Is there a Chromium for the browser tests? Finds one, or gets one: apt where we are root, else Playwright's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from dev.terminal import complain, line

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")


def find() -> str | None:
    """The Chromium on this machine, if any: the browser tests ask the same question. CHROMIUM chooses another one."""
    named = next((path for path in map(shutil.which, (os.environ.get("CHROMIUM", ""), *NAMES)) if path), None)
    return named or _playwrights_own()


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def get() -> None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        if (
            subprocess.run(command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, check=False).returncode
            == 0
        ):
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> int:
    if find() is None:
        get()
    path = find()
    if path is None:
        complain("No Chromium could be installed. Install one yourself (Debian: apt install chromium) and try again.")
        return 1
    line(f"The browser tests will use {path}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
