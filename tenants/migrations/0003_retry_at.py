from django.db import migrations, models


class Migration(migrations.Migration):
    """A failure's own next attempt, beside the schedule."""

    dependencies = [("tenants", "0002_sweeps")]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="retry_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
