"""PostgreSQL's own catalogue says whether the walls stand: who owns what, and who may do what."""

import re

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections

LOGINS = ["default", "control"]


def ask(question, *parameters):
    with connections["owner"].cursor() as cursor:
        cursor.execute(question, parameters)
        return cursor.fetchall()


def business_tables():
    return {model._meta.db_table for model in apps.get_app_config("aging").get_models()}


def test_no_table_with_companies_figures_is_in_the_public_schema(ours):
    in_public = {row[0] for row in ask("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")}
    assert "tenants_company" in in_public
    assert in_public & business_tables() == set()
    in_theirs = ask("SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(%s)", ours.schema_name)
    assert {row[0] for row in in_theirs} >= business_tables()


@pytest.mark.parametrize("alias", LOGINS)
def test_a_role_that_web_processes_log_in_with_is_no_superuser_and_owns_nothing(many, alias):
    role = settings.DATABASES[alias]["USER"]
    assert ask(
        "SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolinherit, rolreplication "
        "FROM pg_roles WHERE rolname = %s",
        role,
    ) == [(True, False, False, False, False, False, False)]
    assert ask("SELECT 1 FROM pg_shdepend WHERE refobjid = to_regrole(%s) AND deptype = 'o'", f'"{role}"') == []


@pytest.mark.parametrize("alias", LOGINS)
def test_nobody_but_the_owner_creates_anything(many, alias):
    role = settings.DATABASES[alias]["USER"]
    assert ask(
        "SELECT has_schema_privilege(%s, 'public', 'CREATE'), "
        "has_database_privilege(%s, current_database(), 'CREATE'), "
        "has_database_privilege(%s, current_database(), 'TEMPORARY')",
        *[role] * 3,
    ) == [(False, False, False)]


def test_a_companys_role_logs_in_nowhere_and_belongs_to_no_other(many):
    roles = [connections["owner"].role_for(company.schema_name) for company in many]
    rights = ask(
        "SELECT DISTINCT rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles "
        "WHERE rolname = ANY(%s)",
        roles,
    )
    assert rights == [(False, False, False, False, False)]
    assert ask("SELECT 1 FROM pg_auth_members WHERE pg_get_userbyid(member) = ANY(%s)", roles) == []
    members = ask(
        "SELECT DISTINCT pg_get_userbyid(member) FROM pg_auth_members WHERE pg_get_userbyid(roleid) = ANY(%s)", roles
    )
    assert {row[0] for row in members} <= {
        settings.DATABASES["default"]["USER"],
        connections["owner"].settings_dict["USER"],
    }


def test_the_role_that_takes_on_companies_inherits_no_right_of_theirs(many):
    login = settings.DATABASES["default"]["USER"]
    for company in many:
        held = "SELECT has_schema_privilege(%s, %s, 'USAGE'), has_table_privilege(%s, %s, 'SELECT')"
        assert ask(held, login, company.schema_name, login, f"{company.schema_name}.customer") == [(False, False)]


def test_the_public_schema_is_closed_to_everybody_it_is_not_meant_for(many):
    role = connections["owner"].role_for(many[0].schema_name)
    login = settings.DATABASES["default"]["USER"]
    for name in (role, login):
        assert ask("SELECT has_schema_privilege(%s, 'public', 'USAGE')", name) == [(False,)]


def test_the_audit_log_is_written_and_never_rewritten(many):
    control = settings.DATABASES["control"]["USER"]
    held = "SELECT " + ", ".join(
        f"has_table_privilege(%s, 'tenants_auditevent', '{r}')" for r in ("INSERT", "UPDATE", "DELETE")
    )
    assert ask(held, *[control] * 3) == [(True, False, False)]


def test_no_function_of_ours_runs_with_its_owners_rights(many):
    assert (
        ask(
            "SELECT proname FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace "
            "WHERE prosecdef AND nspname NOT IN ('pg_catalog', 'information_schema')"
        )
        == []
    )


def test_a_schemas_name_says_nothing_about_the_company(many):
    for company in many:
        assert re.fullmatch(r"t_[a-z2-7]{12}", company.schema_name)
    assert len({company.schema_name for company in many}) == len(many)
