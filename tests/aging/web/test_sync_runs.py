"""What a company sees of its syncs, while they go and after they ended."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from accounts.models import Role
from tenants.models import AuditEvent, Health, RunState, SyncRun
from tests.aging.web.sources import make_connection, words_of

pytestmark = pytest.mark.usefixtures("unified", "launched")


@pytest.fixture
def connection(acme):
    return make_connection(acme)


def a_run(connection, state=RunState.RUNNING, **fields) -> SyncRun:
    moment = now()
    known = {
        RunState.REQUESTED: {},
        RunState.RUNNING: {"started_at": moment, "heartbeat_at": moment},
    }.get(state, {"started_at": moment - timedelta(seconds=12), "finished_at": moment})
    return SyncRun.objects.create(connection=connection, state=state, **{"trigger": "manual", **known, **fields})


def moving_part(answer) -> str:
    return words_of(answer).split('id="progress"')[1].split("</section>")[0]


def steps(**states) -> dict:
    """jsonb keeps no order, so the steps are stored here in a wrong one on purpose."""
    names = ["connect", "customers", "invoices", "credit_memos", "payments", "publish", "compare"]
    entries = {name: {"state": "waiting", "count": None, "order": place} for place, name in enumerate(names)}
    for name, entry in states.items():
        entries[name].update(entry)
    return dict(reversed(entries.items()))


def test_a_requested_run_says_that_it_will_start_and_shows_the_steps_ahead(admin, connection):
    page = moving_part(admin.get(f"/sync-runs/{a_run(connection, RunState.REQUESTED).pk}"))
    assert "Waiting to start" in page
    assert page.index("Connect<") < page.index("Customers<") < page.index("Rebuild report<") < page.index("Compare<")


def test_a_running_run_shows_its_step_its_count_and_its_rate_and_no_percentage(finance, connection):
    going = steps(
        connect={"state": "done", "seconds": 0.4},
        customers={"state": "done", "count": 310, "seconds": 2},
        invoices={"state": "running", "count": 12400, "seconds": 10},
    )
    page = moving_part(finance.get(f"/sync-runs/{a_run(connection, step='invoices', steps=going).pk}"))
    assert "Step 3 of 7" in page
    assert "12,400 invoices so far. You can leave this page." in page
    assert "1,240 a second" in page
    assert "%" not in page
    assert page.index("Connect<") < page.index("Customers<") < page.index("Invoices<") < page.index("Compare<")


def test_progress_is_asked_for_every_second_and_a_half_then_every_ten_until_the_end(finance, connection):
    run = a_run(connection, step="invoices", steps=steps(invoices={"state": "running", "count": 5}))
    address = f"/sync-runs/{run.pk}/progress"
    young = finance.get(address)
    assert young.status_code == 200
    assert f'hx-get="{address}" hx-trigger="load delay:1500ms"' in words_of(young)
    SyncRun.objects.update(requested_at=now() - timedelta(minutes=3))
    assert "delay:10000ms" in words_of(finance.get(address))
    SyncRun.objects.update(state=RunState.SUCCEEDED, finished_at=now())
    ended = finance.get(address)
    assert ended.status_code == 286
    assert ended["HX-Refresh"] == "true"
    assert "HX-Refresh" not in young
    assert "hx-get" not in words_of(ended)
    assert "<html" not in words_of(ended)
    assert "no-store" in ended["Cache-Control"]


def test_a_step_is_announced_once_however_its_count_grows(finance, connection):
    def announced(count: int) -> str:
        SyncRun.objects.update(steps=steps(invoices={"state": "running", "count": count}))
        page = words_of(finance.get(f"/sync-runs/{run.pk}/progress"))
        return page.split('data-announcement="')[1].split('"')[0]

    run = a_run(connection, step="invoices")
    assert announced(5) == announced(500) == "Step 3 of 7: Invoices"


def test_a_failed_run_says_why_in_a_sentence_and_folds_the_rest(finance, connection):
    connection.next_sync_at = now()
    connection.save()
    run = a_run(
        connection,
        RunState.FAILED,
        error_class="NeedsReauth",
        error_text="The accounting system no longer accepts this connection. Reconnect it to sync again.",
        step="invoices",
        steps=steps(connect={"state": "done"}, invoices={"state": "failed", "status": 401}),
        dagster_run_id="1775d407",
    )
    page = words_of(finance.get(f"/sync-runs/{run.pk}"))
    assert "The accounting system no longer accepts this connection." in page
    assert "The last good figures stay as they are. The next try is planned for" in page
    folded = page.split("Technical details")[1]
    assert "401" in folded
    assert "1775d407" in folded
    assert "NeedsReauth" in folded


def test_a_failure_that_needs_a_person_promises_no_next_try(finance, connection):
    connection.health, connection.next_sync_at = Health.NEEDS_REAUTH, now()
    connection.save()
    page = words_of(finance.get(f"/sync-runs/{a_run(connection, RunState.FAILED, error_class='NeedsReauth').pk}"))
    assert "once an admin has reconnected QuickBooks Online" in page
    assert "next try" not in page


def test_a_run_whose_worker_died_says_that_it_will_be_resumed(finance, connection):
    long_ago = now() - timedelta(minutes=2)
    run = a_run(connection, started_at=long_ago, heartbeat_at=long_ago, step="invoices", steps=steps())
    assert "Interrupted, will resume by itself" in words_of(finance.get(f"/sync-runs/{run.pk}"))


def test_a_run_that_succeeded_shows_what_came_of_it_and_whether_it_agrees(finance, connection):
    counters = {"fetched": 40, "inserted": 30, "updated": 5, "unchanged": 3, "deleted": 0, "quarantined": 2}
    run = a_run(
        connection,
        RunState.SUCCEEDED,
        counts={"invoice": counters},
        checks={"agrees": True, "source_reports": True},
        steps=steps(),
    )
    page = words_of(finance.get(f"/sync-runs/{run.pk}"))
    assert "Succeeded, some records set aside" in page
    assert "Agrees with the source" in page
    assert "Took 12 s." in page
    row = page.split(">Invoices</th>")[1].split("</tr>")[0]
    numbers = [cell.split("</td>")[0] for cell in row.split('<td class="number">')[1:]]
    assert numbers == ["40", "30", "5", "3", "0", "2"]


def test_a_difference_to_the_source_is_not_passed_over(finance, connection):
    a_run(connection, RunState.SUCCEEDED, checks={"agrees": False, "source_reports": True})
    assert "differs from the source" in words_of(finance.get("/sync-runs"))


def test_an_admin_cancels_a_run_and_finance_cannot(admin, finance, connection):
    run = a_run(connection)
    assert "Cancel sync" not in words_of(finance.get(f"/sync-runs/{run.pk}"))
    assert finance.post(f"/sync-runs/{run.pk}/cancel").status_code == 403
    assert "Cancel sync" in words_of(admin.get(f"/sync-runs/{run.pk}"))
    admin.post(f"/sync-runs/{run.pk}/cancel")
    run.refresh_from_db()
    assert (run.state, run.cancel_requested) == ("running", True)
    assert "Canceling" in words_of(admin.get(f"/sync-runs/{run.pk}"))
    assert AuditEvent.objects.get(action="sync.canceled").actor == "admin@acme.example"


def test_a_run_that_waits_is_canceled_at_once_and_one_that_ended_stays_ended(admin, connection):
    waiting = a_run(connection, RunState.REQUESTED)
    for _ in range(2):
        admin.post(f"/sync-runs/{waiting.pk}/cancel")
    waiting.refresh_from_db()
    assert waiting.state == "canceled"
    assert AuditEvent.objects.filter(action="sync.canceled").count() == 1
    assert "Canceled" in words_of(admin.get(f"/sync-runs/{waiting.pk}"))


def test_the_list_shows_the_newest_first_and_a_strip_of_the_last_thirty(finance, connection):
    runs = [a_run(connection, RunState.SUCCEEDED, trigger="scheduled") for _ in range(31)]
    page = words_of(finance.get("/sync-runs"))
    assert page.index(f'id="run-{runs[-1].pk}"') < page.index(f'id="run-{runs[0].pk}"')
    strip = page.split("oldest first")[1].split("</section>")[0]
    assert strip.count('class="mark success"') == 30
    assert f"/sync-runs/{runs[0].pk}" not in strip
    assert "Last 30 runs" in page


def test_the_list_is_narrowed_to_one_connection(finance, acme, connection):
    other = make_connection(acme, "c2", organization_name="Second Books")
    a_run(connection, RunState.SUCCEEDED)
    mine = a_run(other, RunState.SUCCEEDED)
    page = words_of(finance.get(f"/sync-runs?connection={other.pk}"))
    assert page.count('id="run-') == 1
    assert f'id="run-{mine.pk}"' in page


@pytest.mark.parametrize("query", ["?page=0", "?page=x", "?page=99999999999", "?connection=%00", "?connection=-1"])
def test_a_malformed_address_shows_the_list_all_the_same(finance, connection, query):
    a_run(connection, RunState.SUCCEEDED)
    assert finance.get(f"/sync-runs{query}").status_code == 200


def test_another_companys_runs_are_not_found(finance, member, beta):
    theirs = a_run(make_connection(beta, "theirs"), RunState.REQUESTED)
    for address in (f"/sync-runs/{theirs.pk}", f"/sync-runs/{theirs.pk}/progress"):
        assert finance.get(address).status_code == 404
    assert member(beta, Role.ADMIN).get(f"/sync-runs/{theirs.pk}").status_code == 200
    assert "Nothing has been synced yet." in words_of(finance.get("/sync-runs"))


def test_progress_costs_few_queries(finance, connection, django_assert_max_num_queries):
    run = a_run(connection, step="invoices", steps=steps())
    finance.get(f"/sync-runs/{run.pk}/progress")  # what a session writes once in a while is written here
    with django_assert_max_num_queries(5, using="control"):
        finance.get(f"/sync-runs/{run.pk}/progress")
