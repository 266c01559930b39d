import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """How the last attempt to migrate a company's tables ended."""

    dependencies = [("tenants", "0003_retry_at")]

    operations = [
        migrations.CreateModel(
            name="SchemaState",
            fields=[
                (
                    "company",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="schema_state",
                        serialize=False,
                        to="tenants.company",
                    ),
                ),
                ("version", models.CharField(max_length=300)),
                ("is_failed", models.BooleanField(default=False)),
                ("error", models.TextField(blank=True)),
                ("attempted_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
    ]
