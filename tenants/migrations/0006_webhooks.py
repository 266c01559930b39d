import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """How subscriptions fare, what came of an attempt, and changes that arrive while a sync runs."""

    dependencies = [("tenants", "0005_company_policy")]

    operations = [
        migrations.CreateModel(
            name="WebhookState",
            fields=[
                (
                    "connection",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="webhook_state",
                        serialize=False,
                        to="tenants.connection",
                    ),
                ),
                (
                    "health",
                    models.CharField(
                        choices=[("none", "None"), ("healthy", "Healthy"), ("unhealthy", "Unhealthy")],
                        default="none",
                        max_length=16,
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("subscriptions", models.JSONField(default=dict)),
                ("not_offered", models.JSONField(default=dict)),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                ("next_check_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("claimed_until", models.DateTimeField(blank=True, null=True)),
                ("last_delivery_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.AddField(
            model_name="connectattempt",
            name="connection",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                to="tenants.connection",
            ),
        ),
        migrations.AddField(
            model_name="syncrun",
            name="changed_meanwhile",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["received_at"], name="delivery_received"),
        ),
    ]
