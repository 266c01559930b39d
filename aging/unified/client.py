"""What does the product ask of Unified.to?

Reading: lists and single records of a connection, the connection itself, the accounting systems on offer,
webhook subscriptions. Writing: nothing in anybody's books; only connections and subscriptions are made and
removed.

One key reaches every company's connections, so a connection id is never taken from outside unchecked (that
is the connect flow's business), and ids are escaped into paths. A refusal is looked into before it is named:
401 may mean our key or the customer's grant, 404 a deleted record or a deleted connection, and acting on the
wrong one would either wake the operator for nothing or delete a customer's ledger.
"""

import ipaddress
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from aging.unified.connections import ConnectionInfo, Integration, Reauthorization, Webhook
from aging.unified.decoding import Row, decode_one, decode_page
from aging.unified.errors import (
    ConnectionGone,
    ForbiddenScope,
    NeedsReauth,
    NotFound,
    Paused,
    ProtocolError,
    RequestRefused,
    Unauthorized,
    UnifiedError,
    Unsupported,
)
from aging.unified.objects import READ_SCOPES, ObjectType, object_type
from aging.unified.paging import PAGE_SIZE, Page
from aging.unified.transport import Answer, Limits, Parameters, Transport

T = TypeVar("T")
_TO_LOOK_INTO = (Unauthorized, ForbiddenScope, NotFound, RequestRefused)


class WrongAddress(ValueError):
    """The API's address, or an id that would become part of one, cannot be used."""


class UnifiedClient:
    """Safe to use from several threads; close it, or use it as a context."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        environment: str = "Production",
        limits: Limits | None = None,
        pool_size: int = 8,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._environment = environment
        host = _host(self._base_url)
        options: dict[str, Any] = {} if sleep is None else {"sleep": sleep}
        self._transport = Transport(
            self._base_url,
            api_key,
            limits or Limits(),
            through_proxies=not _is_this_machine(host),  # a proxy to the world does not lead back here
            pool_size=pool_size,
            **options,
        )

    def __repr__(self) -> str:
        return f"<UnifiedClient {self._base_url} {self._environment}>"

    def __enter__(self) -> "UnifiedClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    # Connecting

    def list_integrations(self, workspace_id: str, *, category: str = "accounting") -> list[Integration]:
        """The accounting systems that the workspace has switched on."""
        path = f"/unified/integration/workspace/{_segment(workspace_id)}"
        params = [("summary", "1"), ("categories", category), ("active", "true"), ("env", self._environment)]
        return self._list_core(path, params, Integration, lambda one: one.type)

    def authorization_url(
        self,
        workspace_id: str,
        integration_type: str,
        *,
        success_redirect: str,
        failure_redirect: str,
        state: str,
        external_xref: str,
        scopes: Iterable[str] = READ_SCOPES,
        reauthorize: tuple[str, Reauthorization] | None = None,
    ) -> str:
        """The link that a browser follows to give consent. Carries no key.

        Scopes must be named: a blank list asks the customer for every permission there is. With
        `reauthorize`, a connection id and what `create_reauth` gave, the existing connection is renewed
        instead of a second one made.
        """
        asked = ",".join(scopes)
        if not asked:
            raise WrongAddress("an authorization must name the scopes it asks for")
        query = {
            "success_redirect": success_redirect,
            "failure_redirect": failure_redirect,
            "state": state,
            "external_xref": external_xref,
            "scopes": asked,
            "env": self._environment,
            "redirect": "1",
        }
        if reauthorize:
            connection_id, grant = reauthorize
            query |= {"connection_id": connection_id, "reauth_token": grant.reauth_token}
        path = f"/unified/integration/auth/{_segment(workspace_id)}/{_segment(integration_type)}"
        return f"{self._base_url}{path}?{urlencode(query)}"

    def get_connection(self, connection_id: str) -> ConnectionInfo:
        try:
            return self._core("GET", _connection_path(connection_id), _reader(ConnectionInfo))
        except NotFound as error:
            raise ConnectionGone(error.detail, status=error.status) from None

    def list_connections(self, *, external_xref: str = "") -> list[ConnectionInfo]:
        params = [("env", self._environment), ("categories", "accounting")]
        if external_xref:
            params.append(("external_xref", external_xref))
        return self._list_core("/unified/connection", params, ConnectionInfo, lambda one: one.id)

    def delete_connection(self, connection_id: str) -> None:
        """Removes the connection and its subscriptions; one that is gone already is as good as removed."""
        self._delete(_connection_path(connection_id))

    def create_reauth(self, connection_id: str) -> Reauthorization:
        path = f"{_connection_path(connection_id)}/reauth"
        try:
            return self._core("POST", path, _reader(Reauthorization))
        except NotFound as error:
            raise ConnectionGone(error.detail, status=error.status) from None

    # Reading a ledger

    def list_page(
        self,
        connection_id: str,
        name: str,
        *,
        offset: int = 0,
        limit: int = PAGE_SIZE,
        sort: str = "created_at",
        order: str = "asc",
        updated_gte: datetime | None = None,
        fields: Iterable[str] | None = None,
    ) -> Page[Row]:
        """One page of a list. `ProtocolError` if the answer is no list: never an empty page instead."""
        kind = object_type(name)
        params = [("limit", str(limit)), ("offset", str(offset))]
        if sort:
            params += [("sort", sort), ("order", order)]
        if updated_gte is not None:
            params.append(("updated_gte", _stamp(updated_gte)))
        params += self._data_params(kind, fields)
        path = _data_path(connection_id, kind)

        def read(answer: Answer) -> Page[Row]:
            return Page(decode_page(answer.body, kind), _total(answer))

        try:
            return self._on_connection(connection_id, "GET", path, read, params)
        except NotFound as error:
            raise Unsupported(error.detail, status=error.status) from None

    def get_one(self, connection_id: str, name: str, source_id: str) -> Row | None:
        """The record, or None where the source says that it no longer exists while the connection does."""
        kind = object_type(name)
        path = f"{_data_path(connection_id, kind)}/{_segment(source_id)}"

        def read(answer: Answer) -> Row:
            return decode_one(answer.body, kind)

        try:
            return self._on_connection(connection_id, "GET", path, read, self._data_params(kind, None))
        except NotFound:
            return None

    # Webhook subscriptions

    def list_webhooks(self, connection_id: str) -> list[Webhook]:
        params = [("connection_id", connection_id), ("env", self._environment)]
        return self._list_core("/unified/webhook", params, Webhook, lambda one: one.id)

    def create_webhook(
        self, connection_id: str, name: str, event: str, hook_url: str, *, interval_minutes: int | None = None
    ) -> Webhook:
        """Subscribes to changes from now on. Unified.to chooses between native and virtual."""
        body: dict[str, Any] = {
            "connection_id": connection_id,
            "object_type": object_type(name).event_object,
            "event": event,
            "hook_url": hook_url,
            "environment": self._environment,
        }
        if interval_minutes is not None:
            body["interval"] = interval_minutes
        return self._core("POST", "/unified/webhook", _reader(Webhook), params=[("include_all", "false")], body=body)

    def resume_webhook(self, webhook_id: str) -> Webhook:
        """Refused by Unified.to for one unhealthy for more than 7 days: delete it and create another."""
        return self._core("PUT", f"/unified/webhook/{_segment(webhook_id)}/resume", _reader(Webhook))

    def delete_webhook(self, webhook_id: str) -> None:
        self._delete(f"/unified/webhook/{_segment(webhook_id)}")

    # How calls are made

    def _core(
        self,
        method: str,
        path: str,
        read: Callable[[Answer], T],
        *,
        params: Parameters = (),
        body: dict[str, Any] | None = None,
    ) -> T:
        return self._transport.call(method, path, read, params=params, body=body)

    def _delete(self, path: str) -> None:
        try:
            self._core("DELETE", path, _nothing)
        except NotFound:
            return

    def _list_core(self, path: str, params: Parameters, kind: type[T], key: Callable[[T], str]) -> list[T]:
        """A short list of no consequence for figures: read until a page is short or brings nothing new."""
        found: dict[str, T] = {}
        offset = 0
        while True:
            window = [*params, ("limit", str(PAGE_SIZE)), ("offset", str(offset))]
            page = self._core("GET", path, _reader(list[kind]), params=window)  # type: ignore[valid-type]
            known = len(found)
            found.update((key(one), one) for one in page)
            offset += len(page)
            if len(page) < PAGE_SIZE or len(found) == known:
                return list(found.values())

    def _data_params(self, kind: ObjectType, fields: Iterable[str] | None) -> list[tuple[str, str]]:
        params = [("fields", field) for field in (kind.fields if fields is None else fields)]
        if self._environment != "Production":  # documented for the Sandbox only
            params.append(("env", self._environment))
        return params

    def _on_connection(
        self,
        connection_id: str,
        method: str,
        path: str,
        read: Callable[[Answer], T],
        params: Parameters,
    ) -> T:
        try:
            return self._core(method, path, read, params=params)
        except _TO_LOOK_INTO as refusal:
            raise self._explained(connection_id, refusal) from None

    def _explained(self, connection_id: str, refusal: UnifiedError) -> UnifiedError:
        """Asks for the connection itself: if our key is bad or the connection gone, that call says so."""
        connection = self.get_connection(connection_id)
        if connection.is_paused:  # the status of a paused connection's calls is not documented
            return Paused(refusal.detail, status=refusal.status)
        if isinstance(refusal, Unauthorized):
            return NeedsReauth(refusal.detail, status=refusal.status)
        return refusal


def _reader(kind: type[T]) -> Callable[[Answer], T]:
    def read(answer: Answer) -> T:
        try:
            return msgspec.convert(_without_nulls(msgspec.json.decode(answer.body)), kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ProtocolError(f"{type(error).__name__}: {error}"[:200]) from None

    return read


def _without_nulls(value: Any) -> Any:
    """A field that is null says as much as one that is absent."""
    if isinstance(value, list):
        return [_without_nulls(one) for one in value]
    if isinstance(value, dict):
        return {name: one for name, one in value.items() if one is not None}
    return value


def _nothing(_answer: Answer) -> None:
    """What a DELETE answers is not specified."""


def _total(answer: Answer) -> int | None:
    text = answer.headers.get("X-Total-Count", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _stamp(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("updated_gte needs a time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _connection_path(connection_id: str) -> str:
    return f"/unified/connection/{_segment(connection_id)}"


def _data_path(connection_id: str, kind: ObjectType) -> str:
    return f"/{kind.category}/{_segment(connection_id)}/{kind.name}"


def _segment(text: str) -> str:
    """One step of a path. Dots alone would climb to another address, whatever is escaped."""
    if not text or text in {".", ".."}:
        raise WrongAddress(f"{text!r} cannot be part of an address")
    return quote(text, safe="")


def _host(base_url: str) -> str:
    """The host of an address that the key may be sent to: encrypted, or inside one's own network."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if parts.scheme == "https" and host:
        return host
    if parts.scheme == "http" and (_is_this_machine(host) or _is_own_network(host)):
        return host
    raise WrongAddress(f"{base_url[:100]!r} must be an https address, or http within one's own network")


def _is_this_machine(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost") or (bool(_ip(host)) and _ip(host).is_loopback)


def _is_own_network(host: str) -> bool:
    """A name without a dot, as container networks give, or a private address."""
    address = _ip(host)
    return address.is_private if address else bool(host) and "." not in host


def _ip(host: str) -> Any:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
