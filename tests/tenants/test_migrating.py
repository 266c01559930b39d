"""All companies' tables are brought up to date, and what goes wrong with one stays with that one."""

import json
from contextlib import contextmanager

import psycopg
import pytest
from django.core.management import call_command, execute_from_command_line
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from aging.models import Customer
from tenants import database, migrating
from tenants.backend.base import TenantNotSelected
from tenants.context import tenant_context
from tenants.migration_plans import build_plan, tenant_targets
from tenants.models import Company, SchemaState
from tests.tenants.schemas import dumped

ADD_FIELD = "migrations.AddField('customer', 'nickname', models.TextField(default=''))"
ADD_INDEX = "migrations.AddIndex('customer', models.Index(fields=['nickname'], name='customer_nickname'))"
ADD_TABLE = (
    "migrations.CreateModel('Note', [('id', models.BigAutoField(primary_key=True)), ('text', models.TextField())], "
    "options={'db_table': 'note'})"
)
ADD_STAGING_TABLE = ADD_TABLE.replace("Note", "StagedNote").replace("'note'", "'staged_note'")
NO_NAMELESS = (
    "migrations.AddConstraint('customer', "
    "models.CheckConstraint(condition=~models.Q(name=''), name='customer_has_a_name'))"
)
RUN_CODE = "migrations.RunPython(touch, migrations.RunPython.noop)"
CONCURRENT_INDEX = "AddIndexConcurrently('customer', models.Index(fields=['email'], name='customer_email'))"


def slugs_of(companies):
    return [company.slug for company in companies]


def migrate(companies):
    return {one.company.slug: one for one in migrating.migrate_companies(slugs_of(companies))}


def add_customer(company, name):
    with tenant_context(company):
        return Customer.objects.create(connection_id=1, source_id=name or "nameless", name=name)


def columns_and_indexes(company):
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped "
            "UNION ALL SELECT indexname FROM pg_indexes WHERE schemaname = %s AND tablename = 'customer'",
            [f'"{company.schema_name}".customer', company.schema_name],
        )
        return {row[0] for row in cursor.fetchall()}


def recorded(company):
    with tenant_context(company), connection.cursor() as cursor:
        cursor.execute("SELECT app || '.' || name FROM django_migrations")
        return {row[0] for row in cursor.fetchall()}


@contextmanager
def locked(company):
    """Somebody reads the company's customers and is in no hurry."""
    with psycopg.connect(**database.owner_parameters()) as reader:
        reader.execute(f'LOCK TABLE "{company.schema_name}".customer IN ACCESS SHARE MODE')
        yield reader


def test_twenty_companies_get_a_new_column_and_its_index_from_one_plan(companies, later, monkeypatch):
    twenty = companies(20)
    planned = []
    monkeypatch.setattr(migrating, "build_plan", lambda schema: planned.append(schema) or build_plan(schema))
    name = later(ADD_FIELD, ADD_INDEX)
    outcomes = migrate(twenty)
    assert {one.applied for one in outcomes.values()} == {(name,)}
    assert len(outcomes) == 20
    assert len(planned) == 1
    for company in twenty:
        assert {"nickname", "customer_nickname"} <= columns_and_indexes(company)
        assert name in recorded(company)
    assert set(SchemaState.objects.filter(company__in=twenty).values_list("version", "is_failed")) == {(name, False)}
    assert {(one.applied, one.error) for one in migrate(twenty).values()} == {((), "")}


def test_a_company_works_in_new_tables_and_columns_under_its_own_role(companies, later):
    (company,) = companies(1)
    later(ADD_FIELD, ADD_TABLE, ADD_STAGING_TABLE)
    migrate([company])
    with tenant_context(company), connection.cursor() as cursor:
        cursor.execute("INSERT INTO note (text) VALUES ('called them') RETURNING id")
        cursor.execute("UPDATE note SET text = 'called them twice'")
        cursor.execute("INSERT INTO staged_note (text) VALUES ('raw')")
        cursor.execute("SELECT nickname FROM customer")
        cursor.execute("SELECT relpersistence FROM pg_class WHERE oid = 'staged_note'::regclass")
        assert cursor.fetchone() == ("u",)
        with pytest.raises(Exception, match="permission denied"):
            cursor.execute("DELETE FROM django_migrations")


def test_replaying_gives_the_tables_that_migrating_gives(companies, later):
    replayed, executed = companies(2)
    later(ADD_FIELD, ADD_INDEX, ADD_TABLE)
    later("migrations.RenameField('customer', 'nickname', 'short_name')", "migrations.RemoveField('customer', 'phone')")
    migrate([replayed])
    owner = connections["owner"]
    owner.set_schema(executed.schema_name)
    executor = MigrationExecutor(owner)
    executor.migrate(tenant_targets(executor))
    owner.set_schema_to_public()
    assert dumped(replayed) == dumped(executed)


def test_what_only_code_can_move_is_moved_company_by_company(companies, later):
    ours, theirs = companies(2)
    add_customer(ours, "Ann")
    add_customer(theirs, "Bob")
    name = later(RUN_CODE, ADD_FIELD)
    assert {one.applied for one in migrate([ours, theirs]).values()} == {(name,)}
    for company, email in ((ours, "ann@customers.example"), (theirs, "bob@customers.example")):
        with tenant_context(company):
            assert list(Customer.objects.values_list("email", flat=True)) == [email]
        assert name in recorded(company)


def test_code_that_forgets_which_database_it_moves_is_refused(companies, later):
    (company,) = companies(1)
    name = later("migrations.RunPython(lambda apps, editor: apps.get_model('aging', 'Customer').objects.count())")
    outcome = migrate([company])[company.slug]
    assert "UndefinedTable" in outcome.error or "InsufficientPrivilege" in outcome.error
    assert name not in recorded(company)


def test_an_index_is_built_concurrently_even_after_an_interrupted_build(companies, later):
    first, interrupted = companies(2)
    schema = interrupted.schema_name
    with connections["owner"].cursor() as cursor:
        cursor.execute(f'CREATE INDEX customer_email ON "{schema}".customer (email)')
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [f'"{schema}".customer_email']
        )
    later(CONCURRENT_INDEX, attributes="atomic = False")
    assert {one.error for one in migrate([first, interrupted]).values()} == {""}
    for company in (first, interrupted):
        assert "customer_email" in columns_and_indexes(company)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = %s::regclass", [f'"{schema}".customer_email']
        )
        assert cursor.fetchone() == (True,)


def test_one_companys_rows_that_break_a_rule_stop_no_other_company(companies, later):
    before, broken, after = companies(3)
    nameless = add_customer(broken, "")
    name = later(ADD_FIELD, NO_NAMELESS)
    outcomes = migrate([before, broken, after])
    assert outcomes[before.slug].applied == outcomes[after.slug].applied == (name,)
    assert outcomes[broken.slug].error.startswith("CheckViolation")
    assert "nickname" not in columns_and_indexes(broken)
    state = SchemaState.objects.get(company=broken)
    assert state.is_failed
    assert state.error == outcomes[broken.slug].error
    assert name not in state.version
    assert [
        (one.company.slug, one.lacking, one.error) for one in migrating.list_behind(slugs_of([before, broken]))
    ] == [(broken.slug, (name,), state.error)]

    with tenant_context(broken):
        Customer.objects.filter(pk=nameless.pk).update(name="Found out")
    assert migrate([before, broken, after])[broken.slug].applied == (name,)
    assert not SchemaState.objects.get(company=broken).is_failed
    assert migrating.list_behind(slugs_of([before, broken, after])) == []


def test_a_migration_killed_half_way_goes_on_with_those_that_are_left(companies, later, monkeypatch):
    five = companies(5)
    name = later(ADD_FIELD)
    replay, count = migrating._Schemas._replay, iter(range(100))

    def killed(schemas, company, script):
        if next(count) == 2:
            raise KeyboardInterrupt
        return replay(schemas, company, script)

    with monkeypatch.context() as patched:
        patched.setattr(migrating._Schemas, "_replay", killed)
        with pytest.raises(KeyboardInterrupt):
            migrate(five)
    done = [company for company in five if name in recorded(company)]
    assert len(done) == 2
    assert all("nickname" in columns_and_indexes(company) for company in done)
    left = set(slugs_of(five)) - set(slugs_of(done))
    assert {one.company.slug for one in migrating.list_behind(slugs_of(five))} == left
    assert {slug for slug, one in migrate(five).items() if one.applied} == left


def test_a_lost_connection_costs_one_company_its_turn_and_no_other(companies, later, monkeypatch):
    three = companies(3)
    name = later(ADD_FIELD)
    replay, count = migrating._Schemas._replay, iter(range(100))

    def cut(schemas, company, script):
        if next(count) == 1:
            script = "SELECT pg_terminate_backend(pg_backend_pid());" + script
        return replay(schemas, company, script)

    monkeypatch.setattr(migrating._Schemas, "_replay", cut)
    execute, executed = migrating._Schemas._execute, []
    monkeypatch.setattr(
        migrating._Schemas,
        "_execute",
        lambda schemas, company, timeout: executed.append(company) or execute(schemas, company, timeout),
    )
    migrate(three)
    assert all(name in recorded(company) for company in three)
    assert len(executed) == 1


def test_a_busy_table_gets_its_turn_after_the_others(companies, later, monkeypatch):
    busy, free = companies(2)
    name = later(ADD_FIELD)
    turns = []
    monkeypatch.setattr(migrating, "LOCK_TIMEOUT", "100ms")
    with locked(busy) as reader:
        bring_up = migrating._Schemas.bring_up

        def noted(schemas, company, plan):
            if company.slug in turns:
                reader.rollback()
            turns.append(company.slug)
            bring_up(schemas, company, plan)

        monkeypatch.setattr(migrating._Schemas, "bring_up", noted)
        outcomes = migrate([busy, free])
    assert [one.applied for one in outcomes.values()] == [(name,), (name,)]
    assert sorted(turns) == sorted([busy.slug, free.slug, busy.slug])
    assert turns[-1] == busy.slug


def test_a_table_that_stays_busy_fails_with_its_company_and_is_not_waited_for(companies, later, monkeypatch):
    busy, free = companies(2)
    name = later(ADD_FIELD)
    monkeypatch.setattr(migrating, "LOCK_TIMEOUT", "50ms")
    with locked(busy):
        outcomes = migrate([busy, free])
    assert outcomes[free.slug].applied == (name,)
    assert "LockNotAvailable" in outcomes[busy.slug].error
    assert migrate([busy, free])[busy.slug].applied == (name,)


def test_a_company_whose_schema_is_gone_is_told_apart_from_a_new_one(companies, later):
    gone, there = companies(2)
    name = later(ADD_FIELD)
    with connections["owner"].cursor() as cursor:
        cursor.execute(f'DROP SCHEMA "{gone.schema_name}" CASCADE')
    outcomes = migrate([gone, there])
    assert outcomes[gone.slug].error == migrating.NO_SCHEMA
    assert outcomes[there.slug].applied == (name,)


def test_a_new_company_has_the_newest_tables_at_once(companies, later):
    name = later(ADD_FIELD, ADD_TABLE)
    (company,) = companies(1)
    assert "nickname" in columns_and_indexes(company)
    assert name in recorded(company)
    assert migrating.list_behind([company.slug]) == []


def test_the_command_says_who_is_behind_and_succeeds_only_when_nobody_is(companies, later, capsys):
    one, other = companies(2)
    name = later(ADD_FIELD)
    only = [f"--only={company.slug}" for company in (one, other)]
    with pytest.raises(SystemExit, match="1"):
        call_command("migrate_companies", "--check", "--json", *only)
    document = json.loads(capsys.readouterr().out)
    assert document["status"] == "failed"
    assert {entry["company"]: entry["lacking"] for entry in document["behind"]} == {
        one.slug: [name],
        other.slug: [name],
    }
    assert name not in recorded(one)

    call_command("migrate_companies", "--json", f"--only={one.slug}")
    document = json.loads(capsys.readouterr().out)
    assert document == {
        "status": "success",
        "companies": [{"company": one.slug, "state": "migrated", "applied": [name], "error": ""}],
    }
    assert name not in recorded(other)

    call_command("migrate_companies", *only)
    assert capsys.readouterr().out == "1 migrated, 1 up to date already, 0 failed.\n"
    call_command("migrate_companies", "--check", *only)
    assert capsys.readouterr().out == "Every company is up to date.\n"


def test_the_command_fails_when_a_company_fails(companies, later, capsys):
    (broken,) = companies(1)
    add_customer(broken, "")
    later(NO_NAMELESS)
    with pytest.raises(SystemExit, match="1"):
        call_command("migrate_companies", "--only", broken.slug)
    assert f"{broken.slug}: CheckViolation" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("is_public_behind", "are_companies_behind", "may_migrate", "expected"),
    [
        (False, False, True, "nothing"),
        (False, True, True, "migrated"),
        (False, True, False, "nothing"),
        (True, False, True, "migrated"),
        (True, False, False, "refused"),
    ],
)
def test_a_start_migrates_what_is_ours_and_refuses_only_a_public_schema_that_is_behind(
    committed_db, monkeypatch, is_public_behind, are_companies_behind, may_migrate, expected
):
    calls = []
    monkeypatch.setattr(migrating, "migrate_all", lambda: calls.append("migrated"))
    kept = (
        "public schema of old" if is_public_behind else database.public_fingerprint(),
        "companies of old" if are_companies_behind else database.companies_fingerprint(),
    )
    monkeypatch.setattr(database, "_fingerprints_in_database", lambda: kept)
    try:
        database.ensure_current(may_migrate=may_migrate)
    except database.DatabaseBehind:
        calls.append("refused")
    assert calls == ([] if expected == "nothing" else [expected])


def test_what_was_migrated_is_not_looked_at_again_until_the_code_brings_more(committed_db, later):
    database.set_up()
    database.note_companies_migrated()
    assert database._fingerprints_in_database() == (database.public_fingerprint(), database.companies_fingerprint())
    later(ADD_FIELD)
    kept = database._fingerprints_in_database()
    assert kept[0] == database.public_fingerprint()
    assert kept[1] != database.companies_fingerprint()


def test_a_company_is_entered_by_the_one_safe_way_only(companies):
    (company,) = companies(1)
    with pytest.raises(TypeError, match="tenant_context"):
        with company:
            pass
    with pytest.raises(TypeError, match="tenant_context"):
        Company.activate(company)
    with pytest.raises(TenantNotSelected):
        with tenant_context(Company(schema_name="t_nowhere")):
            Customer.objects.count()


def test_a_failure_is_forgotten_once_the_company_is_found_up_to_date(companies):
    (company,) = companies(1)
    SchemaState.objects.create(company=company, version="aging.0000_old", is_failed=True, error="LockNotAvailable")
    assert migrate([company])[company.slug].error == ""
    state = SchemaState.objects.get(company=company)
    assert (state.is_failed, state.error) == (False, "")
    assert state.version in recorded(company)


def test_migrate_brings_everything_up_to_date_and_says_which_company_it_could_not(monkeypatch, capsys):
    broken = Company(slug="broken", schema_name="t_broken")
    outcomes = [migrating.Outcome(broken, error="CheckViolation: …")]
    monkeypatch.setattr(migrating, "migrate_all", lambda: outcomes)
    with pytest.raises(SystemExit, match="1"):
        call_command("migrate")
    assert "broken: CheckViolation" in capsys.readouterr().out


def test_everything_is_the_database_the_public_schema_and_then_the_companies(monkeypatch):
    done = []
    monkeypatch.setattr(database, "set_up", lambda: done.append("set up"))
    monkeypatch.setattr(migrating, "migrate_companies", lambda: done.append("companies") or [])
    migrating.migrate_all()
    assert done == ["set up", "companies"]


def test_django_tenants_own_command_is_refused_whatever_it_is_asked():
    with pytest.raises(SystemExit, match="1"):
        execute_from_command_line(["manage.py", "migrate_schemas", "--tenant", "--executor=multiprocessing"])
