from django.db import migrations, models


class Migration(migrations.Migration):
    """What a company demands of its members, and when it shall be deleted."""

    dependencies = [("tenants", "0004_schema_state")]

    operations = [
        migrations.AddField("company", "require_mfa", models.BooleanField(default=False, db_default=False)),
        migrations.AddField("company", "deletion_due_at", models.DateTimeField(null=True, blank=True)),
    ]
