import pytest

from tenants.connections import newest_run_of_each
from tenants.models import Connection, SyncRun

pytestmark = pytest.mark.django_db


def connect(company, external_id):
    return Connection.objects.create(
        company=company, external_id=external_id, integration_type="x", integration_name="X"
    )


def test_the_newest_run_of_each_connection_is_found_for_one_company_only(acme, beta):
    first, second, idle, theirs = connect(acme, "1"), connect(acme, "2"), connect(acme, "3"), connect(beta, "4")
    for connection in (first, second, first, theirs):
        SyncRun.objects.create(connection=connection, trigger="manual", state="succeeded")
    newest = {connection.pk: connection.runs.latest("pk") for connection in (first, second)}
    assert newest_run_of_each(acme) == newest
    assert idle.pk not in newest_run_of_each(acme)
