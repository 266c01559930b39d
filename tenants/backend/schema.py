"""How are a company's tables written as DDL?

As Django writes them, save that tables whose name begins with `staged_` are unlogged: what a sync has fetched but not
published is worth no write-ahead log, and after a crash of the database the sync starts over anyway. The name decides
because migrations see only historical models, which keep their table's name and no attribute of ours.
"""

from typing import Any

from django.db.backends.postgresql.schema import DatabaseSchemaEditor

UNLOGGED_PREFIX = "staged_"


class SchemaEditor(DatabaseSchemaEditor):
    def table_sql(self, model: Any) -> tuple[str, list[Any]]:
        sql, params = super().table_sql(model)
        if model._meta.db_table.startswith(UNLOGGED_PREFIX):
            sql = sql.replace("CREATE TABLE", "CREATE UNLOGGED TABLE", 1)
        return sql, params
