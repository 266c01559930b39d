"""How fast are fifty thousand invoices read over HTTP, one request at a time and four at once?

The source is the sandbox in a process of its own, whose share of the work is in the figures.
"""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from aging.unified.client import UnifiedClient
from aging.unified.fetching import fetch_all

KEY = "bench-key"


@contextmanager
def sandbox() -> Iterator[str]:
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--api-key", KEY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = re.search(r"http://\S+", process.stdout.readline())
            if told is None:
                raise SystemExit("The sandbox did not start.")
            yield told[0]
        finally:
            process.terminate()


def main() -> int:
    with sandbox() as url:
        wishes = {"profile": "large", "integration_type": "xero"}
        answer = requests.post(
            f"{url}/_sandbox/connections", json=wishes, headers={"Authorization": f"Bearer {KEY}"}, timeout=120
        )
        answer.raise_for_status()
        connection_id = answer.json()["id"]
        for workers in (1, 4):
            with UnifiedClient(url, KEY) as client:
                began = time.perf_counter()
                count = sum(len(page) for page in fetch_all(client, connection_id, "invoice", workers=workers))
                spent = time.perf_counter() - began
            sys.stdout.write(f"{workers} at once: {count} invoices in {spent:.1f} s, {count / spent:.0f} a second\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
