from django.db import migrations, models


class Migration(migrations.Migration):
    """A sweep syncs many connections in one Dagster run."""

    dependencies = [("tenants", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="syncrun", name="one_sync_run_per_dagster_run"),
        migrations.AddConstraint(
            model_name="syncrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("dagster_run_id", ""), _negated=True),
                fields=("connection", "dagster_run_id"),
                name="one_sync_run_per_dagster_run",
            ),
        ),
    ]
