"""What docker/ starts: read as a file, since no test may need a Docker daemon."""

import re
from importlib.util import find_spec
from typing import Any

import pytest
import yaml

from tenants.sync_names import BACKGROUND_QUEUE, INTERACTIVE_QUEUE, SWEEP_QUEUE
from tests.repository.tracked import ROOT, text_of, tracked

COMPOSE = "docker/compose.yaml"
FILE: dict[str, Any] = yaml.safe_load(text_of(COMPOSE))
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "ledgerline"}
WORKERS = ("clicks", "sweeps")


def words(service: dict[str, Any]) -> list[str]:
    return [str(word) for word in service.get("command", ())]


def test_every_part_of_the_product_has_a_service() -> None:
    assert set(SERVICES) - set(OURS) == {"postgres", "redis"}
    assert set(OURS) == {"setup", "web", "code", "dagster", "daemon", *WORKERS}


def test_the_file_is_understood_by_both_generations_of_compose() -> None:
    assert {key for key in FILE if not key.startswith("x-")} == {"services", "volumes"}


@pytest.mark.parametrize("name", sorted(set(OURS) - {"setup"}))
def test_a_service_starts_after_the_set_up_and_tells_how_it_is(name: str) -> None:
    assert OURS[name]["depends_on"]["setup"] == {"condition": "service_completed_successfully"}
    assert OURS[name]["healthcheck"]["test"]


def test_the_set_up_waits_for_the_database_and_ends() -> None:
    assert OURS["setup"]["depends_on"]["postgres"] == {"condition": "service_healthy"}
    assert OURS["setup"]["restart"] == "no"


def test_every_queue_is_served_and_one_worker_serves_clicks_alone() -> None:
    served = {name: words(OURS[name])[words(OURS[name]).index("--queues") + 1].split(",") for name in WORKERS}
    assert served["clicks"] == [INTERACTIVE_QUEUE]
    assert set(served["sweeps"]) == {INTERACTIVE_QUEUE, BACKGROUND_QUEUE, SWEEP_QUEUE}


def test_nothing_is_published_but_the_web_server_and_that_to_this_host_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:8000:8000"]}


def test_what_must_be_given_is_asked_for_by_name_and_no_secret_has_a_default() -> None:
    assert not re.findall(r"\$\{\w*(?:KEY|PASSWORD|SECRET)\w*(?::-|\})", text_of(COMPOSE))
    known = set(re.findall(r"^#?([A-Z][A-Z_]+)=", text_of(".env.example"), re.MULTILINE))
    given = {name for service in OURS.values() for name in service["environment"]}
    assert given <= known


def test_what_the_services_run_exists() -> None:
    told = " ".join(" ".join(words(service)) for service in OURS.values())
    modules = re.findall(r"(?:python -m|--app|--module-name) ([\w.]+)", told)
    assert modules
    assert [name for name in modules if find_spec(name) is None] == []
    for command in re.findall(r"manage\.py (\w+)", told):
        assert any(name.endswith(f"management/commands/{command}.py") for name in tracked())
    files = set(re.findall(r"docker/[\w.]+", text_of(COMPOSE) + text_of("docker/Dockerfile")))
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_the_image_holds_every_package_that_the_product_imports() -> None:
    copied = set(re.findall(r"^COPY (\w+) \w+$", text_of("docker/Dockerfile"), re.MULTILINE))
    packages = {name.split("/")[0] for name in tracked() if re.fullmatch(r"\w+/__init__\.py", name)}
    assert packages - copied == {"bench", "dev", "sandbox", "tests"} & packages
    assert {"templates", "static"} <= copied
