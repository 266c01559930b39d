"""Everything of one company in files, and nothing of another's."""

import csv
import json
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections

from accounts.exporting import PUBLIC, ExportRefused, export_company, public_tables
from accounts.invitations import invite
from accounts.models import ApiToken, Invitation, Role
from aging.models import Customer
from tenants.audit import COMMAND_LINE, Actor
from tenants.context import tenant_context
from tenants.models import AuditEvent, Company, Connection, SyncRun
from tests.accounts.people import member_of

pytestmark = pytest.mark.django_db


def _connected(company: Company) -> Connection:
    connection = Connection.objects.create(
        company=company, external_id=f"ext-{company.slug}", integration_type="xero", integration_name="Xero"
    )
    SyncRun.objects.create(connection=connection, trigger="manual", requested_by=f"who@{company.slug}.example")
    return connection


def _customer(company: Company, connection: Connection, name: str) -> None:
    with tenant_context(company):
        Customer.objects.create(
            connection_id=connection.pk,
            source_id=name,
            name=name,
            content_hash=b"\x01\xff",
        )


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _all_text(folder: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file())


def test_every_table_stands_there_twice_with_the_same_rows(acme: Company, tmp_path: Path) -> None:
    _customer(acme, _connected(acme), "Ölhandel Süd, GmbH")
    to = tmp_path / "out"
    counts = export_company(acme, to, by=COMMAND_LINE)
    with connections["control"].cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [acme.schema_name])
        tables = {row[0] for row in cursor.fetchall()} - {"django_migrations"}
    assert {path.stem for path in (to / "ledger").iterdir()} == tables
    for name, count in counts.items():
        written = json.loads((to / f"{name}.json").read_text())
        rows = _rows(to, name)
        assert len(written) == len(rows) == count, name
        assert not written or list(written[0]) == list(rows[0])
    assert _rows(to, "ledger/customer")[0]["name"] == "Ölhandel Süd, GmbH"
    assert json.loads((to / "ledger/customer.json").read_text())[0]["content_hash"] == "01ff"
    assert counts["company/tenants_syncrun"] == 1


def test_no_table_about_companies_is_forgotten() -> None:
    about = {
        model
        for label in ("tenants", "accounts")
        for model in apps.get_app_config(label).get_models()
        if any(field.related_model in (Company, Connection, SyncRun) for field in model._meta.concrete_fields)
    }
    assert about | {Company} == set(PUBLIC)


def test_nothing_of_another_company_is_in_it(acme: Company, beta: Company, tmp_path: Path) -> None:
    _customer(beta, _connected(beta), "Canary of beta")
    member_of(beta, email="canary@beta.example")
    AuditEvent.objects.create(company=beta, actor="canary@beta.example", action="token.issued")
    export_company(acme, tmp_path / "out", by=COMMAND_LINE)
    text = _all_text(tmp_path / "out")
    assert "anary" not in text and "ext-beta" not in text and beta.schema_name not in text


def test_it_opens_no_door(acme: Company, tmp_path: Path) -> None:
    owner = member_of(acme, Role.OWNER)
    token, text = ApiToken.issue(company=acme, user=owner.user, name="sheet")
    invite(inviter=owner, email="new@people.example", role=Role.VIEWER, by=Actor("x"))
    to = tmp_path / "out"
    export_company(acme, to, by=COMMAND_LINE)
    everything = _all_text(to)
    for secret in (text, token.token_hash, Invitation.objects.get(company=acme).token_hash, owner.user.password):
        assert secret not in everything
    assert owner.user.email in everything and "new@people.example" in everything
    assert not [column for table in public_tables(acme) for column in table.columns if "hash" in column]
    assert to.stat().st_mode & 0o077 == 0


def test_a_name_that_is_a_formula_is_harmless_in_csv_and_exact_in_json(acme: Company, tmp_path: Path) -> None:
    _customer(acme, _connected(acme), "=1+1")
    export_company(acme, tmp_path / "out", by=COMMAND_LINE)
    assert _rows(tmp_path / "out", "ledger/customer")[0]["name"] == "'=1+1"
    assert json.loads((tmp_path / "out/ledger/customer.json").read_text())[0]["name"] == "=1+1"


def test_every_file_is_described(acme: Company, tmp_path: Path) -> None:
    counts = export_company(acme, tmp_path / "out", by=COMMAND_LINE)
    readme = (tmp_path / "out/README.txt").read_text()
    for name, count in counts.items():
        assert f"{name}.csv, .json: {count} rows\n" in readme


def test_nothing_is_overwritten_and_a_failure_leaves_nothing(
    acme: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    with pytest.raises(ExportRefused, match="exists already"):
        export_company(acme, taken, by=COMMAND_LINE)
    monkeypatch.setattr("accounts.exporting._readme", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_company(acme, tmp_path / "half", by=COMMAND_LINE)
    assert [one.name for one in tmp_path.iterdir()] == ["taken"]


def test_the_command_says_what_it_wrote_and_the_log_that_it_did(acme: Company, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    call_command("export_company", "acme", "--to", str(tmp_path / "out"), "--json")
    document = json.loads(capsys.readouterr().out)
    assert document["rows"]["company/tenants_company"] == 1
    assert AuditEvent.objects.get(action="company.exported").company_id == acme.pk
    with pytest.raises(CommandError, match="nothing is overwritten"):
        call_command("export_company", "acme", "--to", str(tmp_path / "out"))
