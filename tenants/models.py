"""Companies, where they live, what they connected, and every sync that was asked for.

All of it is in the public schema, where operators can see it and no company's figures are.
"""

import secrets
from datetime import datetime, timedelta
from typing import ClassVar, NoReturn

from django.core.validators import RegexValidator
from django.db import models
from django.utils.timezone import now
from django_tenants.models import DomainMixin, TenantMixin

from tenants.choices import labelled

SLUG_PATTERN = r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$"
RESERVED_SLUGS = frozenset(
    "www ops api app admin mail smtp static assets help docs status blog support billing account accounts login "
    "auth hooks webhooks public dagster sandbox localhost test".split()
)
HEARTBEAT_STALE_AFTER = timedelta(seconds=60)


def opaque_schema_name() -> str:
    """A schema's name says nothing about the company: PostgreSQL's catalogue is readable by every role."""
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    return "t_" + "".join(secrets.choice(alphabet) for _ in range(12))


class Company(TenantMixin):
    """A customer company: the tenant. Created by `tenants.provisioning.provision`, never by saving one."""

    auto_create_schema = False
    auto_drop_schema = False

    name = models.CharField(max_length=120)
    slug = models.CharField(max_length=40, unique=True, validators=[RegexValidator(SLUG_PATTERN)])
    timezone = models.CharField(max_length=64, default="UTC")
    currency = models.CharField(max_length=3, default="USD")
    is_demo = models.BooleanField(default=False)
    is_suspended = models.BooleanField(default=False)
    # The database's own default: processes of the release before this column still create companies.
    require_mfa = models.BooleanField(default=False, db_default=False)
    deletion_due_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name

    def __enter__(self) -> NoReturn:
        """django-tenants' way in shares one list among all threads: one leaves into another's company."""
        raise TypeError("Enter a company with tenants.context.tenant_context(company).")

    activate = __enter__


class SchemaState(models.Model):
    """How the last attempt to migrate a company's tables ended; none for a company that was never migrated.

    Which migrations the tables have is known to the company's own schema alone; `version` repeats the newest ones.
    """

    company = models.OneToOneField(Company, on_delete=models.CASCADE, primary_key=True, related_name="schema_state")
    version = models.CharField(max_length=300)
    is_failed = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    attempted_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.company_id}: {self.version}{' (failed)' if self.is_failed else ''}"


class Domain(DomainMixin):
    """The host name a company answers to."""


class Health(models.TextChoices):
    HEALTHY = labelled("healthy", "Healthy")
    NEEDS_REAUTH = labelled("needs_reauth", "Needs attention")
    PAUSED = labelled("paused", "Paused by provider")
    GONE = labelled("gone", "Disconnected at the provider")
    DISCONNECTED = labelled("disconnected", "Disconnected")


class Connection(models.Model):
    """A company's link to one accounting system through Unified.to.

    `external_id` is Unified.to's id. It is unique over all companies: a ledger belongs to one of them.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="connections")
    external_id = models.CharField(max_length=64, unique=True)
    integration_type = models.CharField(max_length=64)
    integration_name = models.CharField(max_length=120)
    organization_name = models.CharField(max_length=200, blank=True)
    base_currency = models.CharField(max_length=3, blank=True)
    health = models.CharField(max_length=16, choices=Health, default=Health.HEALTHY)
    health_reason = models.CharField(max_length=300, blank=True)
    permissions = models.JSONField(default=list)
    interval_minutes = models.PositiveIntegerField(default=60)
    next_sync_at = models.DateTimeField(null=True, blank=True)
    # After a failure: when to come back instead, sooner or later than the schedule, which keeps its own time of day.
    retry_at = models.DateTimeField(null=True, blank=True)
    is_schedule_paused = models.BooleanField(default=False)
    last_success_at = models.DateTimeField(null=True, blank=True)
    connected_by = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["next_sync_at"], name="connection_next_sync")]

    def __str__(self) -> str:
        return f"{self.organization_name or self.integration_name} ({self.partition_key})"

    @property
    def partition_key(self) -> str:
        """The connection's partition in Dagster: stable, and meaningless to outsiders."""
        return f"conn_{self.pk}"

    @property
    def next_due_at(self) -> datetime | None:
        return self.retry_at or self.next_sync_at

    @property
    def is_active(self) -> bool:
        return self.health != Health.DISCONNECTED


class WebhookHealth(models.TextChoices):
    NONE = labelled("none", "None")
    HEALTHY = labelled("healthy", "Healthy")
    UNHEALTHY = labelled("unhealthy", "Unhealthy")


class WebhookState(models.Model):
    """How a connection's subscriptions to changes fare at Unified.to; without a row nobody has looked yet.

    `subscriptions` maps Unified.to's id to {"object", "unhealthy_since"}: the latter is the first time that we saw it
    so, because Unified.to does not say since when. `not_offered` maps an object to the moment it was refused.
    """

    connection = models.OneToOneField(
        Connection, on_delete=models.CASCADE, primary_key=True, related_name="webhook_state"
    )
    health = models.CharField(max_length=16, choices=WebhookHealth, default=WebhookHealth.NONE)
    problem = models.CharField(max_length=300, blank=True)
    subscriptions = models.JSONField(default=dict)
    not_offered = models.JSONField(default=dict)
    checked_at = models.DateTimeField(null=True, blank=True)
    next_check_at = models.DateTimeField(default=now)
    claimed_until = models.DateTimeField(null=True, blank=True)
    last_delivery_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"webhooks of connection {self.connection_id}"


class ConnectAttempt(models.Model):
    """One trip to the authorization page: its state is single-use, short-lived and bound to a user and a company."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE)
    user_id = models.BigIntegerField()
    state_hash = models.CharField(max_length=64, unique=True)
    external_xref = models.CharField(max_length=64, unique=True)
    integration_type = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=now)
    used_at = models.DateTimeField(null=True, blank=True)
    # What came of it. Where nothing is known to have come of it, an operator may still link what was authorized.
    connection = models.ForeignKey(Connection, on_delete=models.SET_NULL, null=True, blank=True)


class RunState(models.TextChoices):
    REQUESTED = labelled("requested", "Requested")
    RUNNING = labelled("running", "Running")
    SUCCEEDED = labelled("succeeded", "Succeeded")
    FAILED = labelled("failed", "Failed")
    CANCELED = labelled("canceled", "Canceled")


IN_FLIGHT = (RunState.REQUESTED, RunState.RUNNING)


class Trigger(models.TextChoices):
    FIRST = labelled("first", "First sync")
    SCHEDULED = labelled("scheduled", "Scheduled")
    MANUAL = labelled("manual", "Manual")
    WEBHOOK = labelled("webhook", "Webhook")
    OPERATOR = labelled("operator", "Operator")
    COMMAND = labelled("command", "Command line")


class SyncRun(models.Model):
    """One sync of one connection, from the wish to its outcome; the page that shows it reads nothing else.

    Its id grows with every request and so serves as the fencing token: a publish with an older id than the ledger's
    is refused. `steps` maps a step's name to {"state", "count", "seconds"}, in the order of the steps; `counts` maps
    an object type to its counters; `checks` holds the control totals' verdicts. Neither holds an amount.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    trigger = models.CharField(max_length=16, choices=Trigger)
    state = models.CharField(max_length=16, choices=RunState, default=RunState.REQUESTED)
    is_full = models.BooleanField(default=False)
    requested_by = models.CharField(max_length=254, blank=True)
    requested_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    dagster_run_id = models.CharField(max_length=64, blank=True)
    step = models.CharField(max_length=32, blank=True)
    steps = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    checks = models.JSONField(default=dict)
    error_class = models.CharField(max_length=64, blank=True)
    error_text = models.TextField(blank=True)
    cancel_requested = models.BooleanField(default=False)
    # A webhook arrived while it ran: the page with the change may have been read before the change.
    changed_meanwhile = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=models.Q(state__in=["requested", "running"]),
                name="one_run_in_flight",
            ),
            # A sweep syncs many connections in one Dagster run.
            models.UniqueConstraint(
                fields=["connection", "dagster_run_id"],
                condition=~models.Q(dagster_run_id=""),
                name="one_sync_run_per_dagster_run",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["connection", "-id"], name="run_connection_newest"),
            models.Index(
                fields=["state"], condition=models.Q(state__in=["requested", "running"]), name="run_in_flight"
            ),
        ]

    def __str__(self) -> str:
        return f"sync run {self.pk}"

    @property
    def is_in_flight(self) -> bool:
        return self.state in IN_FLIGHT


class WebhookDelivery(models.Model):
    """A webhook that was accepted. The nonce is kept so that a replay has no effect."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, null=True)
    webhook_id = models.CharField(max_length=64)
    nonce = models.CharField(max_length=128)
    object_type = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField(default=now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["webhook_id", "nonce"], name="one_effect_per_delivery")
        ]
        indexes: ClassVar = [models.Index(fields=["received_at"], name="delivery_received")]


class AuditEvent(models.Model):
    """Who did what to which company, when and from where. Written, never changed."""

    company = models.ForeignKey(Company, on_delete=models.SET_NULL, null=True, blank=True)
    actor = models.CharField(max_length=254)
    action = models.CharField(max_length=64)
    subject = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True, blank=True)
    at = models.DateTimeField(default=now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "-at"], name="audit_company_newest")]
