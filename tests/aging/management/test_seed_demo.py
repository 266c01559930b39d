from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Membership, Role, User
from aging.management import demo
from aging.management.demo import Demo, DemoRefused, SandboxControl
from sandbox.testing import Sandbox, serve
from tenants.models import Company, Connection, SyncRun
from tenants.provisioning import drop


@pytest.fixture
def sandbox(settings) -> Iterator[Sandbox]:
    with serve() as running:
        settings.UNIFIED_API_URL, settings.UNIFIED_API_KEY = running.url, running.api_key
        settings.UNIFIED_WORKSPACE_ID = running.world.options.workspace_id
        settings.DAGSTER_URL = ""
        yield running


@pytest.fixture
def one(committed_db) -> Iterator[Demo]:
    made = Demo(f"demo-{uuid4().hex[:8]}", "Demo Ltd", "USD", "UTC", "empty", "quickbooks")
    yield made
    for company in Company.objects.filter(slug=made.slug):
        drop(company)
    User.objects.filter(email__in=[made.owner, demo.FINANCE]).delete()


def _seed(one: Demo) -> Connection:
    company = demo.make_people_and_company(one)
    SandboxControl().ensure_connection(one)
    return demo.link(one, company)


@pytest.mark.parametrize("url", ["https://api.unified.to", "http://10.0.0.7:8001", "http://localhost.evil.example"])
def test_nothing_is_seeded_through_an_api_that_is_not_on_this_machine(settings, url: str) -> None:
    settings.UNIFIED_API_URL = url
    with pytest.raises(CommandError, match="needs the local sandbox"):
        call_command("seed_demo")


def test_nothing_is_seeded_where_no_sandbox_answers(settings) -> None:
    settings.UNIFIED_API_URL = "http://127.0.0.1:9"
    with pytest.raises(CommandError, match="No sandbox answers"):
        call_command("seed_demo")


def test_a_company_of_somebodys_own_is_not_turned_into_a_demo(sandbox: Sandbox, acme: Company) -> None:
    members = Membership.objects.filter(company=acme).count()
    with pytest.raises(DemoRefused, match="left alone"):
        demo.make_people_and_company(demo.DEMOS[0])
    assert Membership.objects.filter(company=acme).count() == members


def test_a_demo_company_has_its_people_and_its_connection(sandbox: Sandbox, one: Demo) -> None:
    connection = _seed(one)
    assert connection.company.is_demo
    roles = dict(Membership.objects.filter(company=connection.company).values_list("user__email", "role"))
    assert roles == {one.owner: Role.OWNER, demo.FINANCE: Role.FINANCE}
    assert all(user.check_password(demo.PASSWORD) for user in User.objects.filter(email__in=roles))
    assert [kept.id for kept in sandbox.world.connections] == [connection.external_id]


def test_seeding_again_changes_nothing(sandbox: Sandbox, one: Demo) -> None:
    first, again = _seed(one), _seed(one)
    assert first.pk == again.pk
    assert Company.objects.filter(slug=one.slug).count() == 1
    assert len(list(sandbox.world.connections)) == 1


def test_a_sandbox_that_forgot_everything_gets_the_same_connection_again(sandbox: Sandbox, one: Demo) -> None:
    linked = _seed(one)
    sandbox.world.disconnect(one.connection_id)
    assert _seed(one).pk == linked.pk
    assert [kept.id for kept in sandbox.world.connections] == [linked.external_id]


def test_a_company_that_has_its_figures_is_not_synced_again(sandbox: Sandbox, one: Demo) -> None:
    connection = _seed(one)
    run = demo.start_first_sync(connection)
    assert run is not None
    assert demo.start_first_sync(connection) == run  # one in flight, not two
    connection.last_success_at = run.requested_at
    assert demo.start_first_sync(connection) is None
    assert SyncRun.objects.filter(connection=connection).count() == 1
