"""How a company wants its receivables aged."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class ReportSettings(models.Model):
    """One row at most. `bucket_edges` are the last days of all buckets but the open-ended one (R6)."""

    bucket_edges = ArrayField(models.SmallIntegerField(), default=list)
    basis = models.CharField(max_length=6, default="due")
    built_edges = ArrayField(models.SmallIntegerField(), default=list)

    class Meta:
        db_table = "report_settings"
