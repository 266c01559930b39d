"""How are connections, integrations and webhooks themselves managed?

The vendor's `/unified/*` endpoints. Lists default to the Production environment, as the current reference
says, so a Sandbox connection has to be asked for by name.
"""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.books import CATEGORIES
from sandbox.integrations import INTEGRATIONS
from sandbox.listing import BadQuery, read_query
from sandbox.webhooks import BadWebhook
from sandbox.wire import Object, decode, encode, instant_of
from sandbox.world import World

_FALSE = ("", "0", "false", "no")


class BadBody(ValueError):
    """A request body that is not the JSON object it should be."""


def json_reply(found: Any, status: int = 200) -> Response:
    return Response(encode(found), status, media_type="application/json")


async def read_object(request: Request) -> Object:
    try:
        found = decode(await request.body() or b"{}")
    except ValueError as error:
        raise BadBody("The body is not JSON.") from error
    if not isinstance(found, dict):
        raise BadBody("The body is not a JSON object.")
    return found


def world_of(request: Request) -> World:
    world: World = request.app.state.world
    return world


def truth(text: str) -> bool:
    return text.lower() not in _FALSE


def listed(request: Request, key: str) -> set[str]:
    return {part for value in request.query_params.getlist(key) for part in value.split(",") if part}


def paged(request: Request, rows: list[Object]) -> Response:
    """limit, offset, sort, order and updated_gte over plain objects."""
    query = read_query(request.query_params, default_limit=100, page_max=100, ignored=frozenset())
    if query.updated_gte is not None:
        rows = [row for row in rows if (instant_of(row, "updated_at") or 0) >= query.updated_gte]
    if query.sort:
        rows = sorted(rows, key=lambda row: str(row.get(query.sort, "")), reverse=query.descending)
    return json_reply(rows[query.offset : query.offset + query.limit])


async def workspace_integrations(request: Request) -> Response:
    if request.path_params["workspace_id"] != world_of(request).options.workspace_id:
        return Response("Unknown workspace.", 404)
    return await integrations(request)


async def integrations(request: Request) -> Response:
    wanted, kind = listed(request, "categories"), request.query_params.get("type", "")
    short = truth(request.query_params.get("summary", ""))
    chosen = [
        found.summary() if short else found.full()
        for found in INTEGRATIONS.values()
        if (not wanted or wanted & set(found.categories)) and kind in ("", found.type)
    ]
    return paged(request, chosen)


async def list_connections(request: Request) -> Response:
    environment = request.query_params.get("env") or "Production"
    external_xref, wanted = request.query_params.get("external_xref", ""), listed(request, "categories")
    rows = [
        found.as_object()
        for found in world_of(request).connections
        if found.environment == environment
        and external_xref in ("", found.external_xref)
        and (not wanted or wanted & set(found.categories))
    ]
    return paged(request, rows)


async def create_connection(request: Request) -> Response:
    """Imports a connection; `profile` says which business is behind it, an id cannot be chosen."""
    wishes = {key: value for key, value in (await read_object(request)).items() if key not in ("id", "recorded")}
    return json_reply(world_of(request).connect(wishes).as_object())


async def one_connection(request: Request) -> Response:
    world, connection_id = world_of(request), request.path_params["id"]
    if request.method == "GET":
        return json_reply(world.connections.get(connection_id).as_object())
    if request.method == "DELETE":
        world.disconnect(connection_id)
        return json_reply({})
    body = await read_object(request)
    allowed = ("external_xref", "environment", "permissions", "categories")
    wishes = {key: body[key] for key in allowed if key in body}
    return json_reply(world.connections.change(connection_id, wishes).as_object())


async def reauth_token(request: Request) -> Response:
    return json_reply(world_of(request).connections.issue_reauth_token(request.path_params["id"]))


async def list_webhooks(request: Request) -> Response:
    wanted = {
        "environment": request.query_params.get("env") or "Production",
        "connection_id": request.query_params.get("connection_id"),
        "object_type": request.query_params.get("object"),
        "integration_type": request.query_params.get("integration_type"),
    }
    rows = [
        found
        for found in world_of(request).webhooks.all()
        if all(found.get(key) == value for key, value in wanted.items() if value)
    ]
    healthy = request.query_params.get("is_healthy")
    if healthy:
        rows = [found for found in rows if found["is_healthy"] is truth(healthy)]
    return paged(request, rows)


async def create_webhook(request: Request) -> Response:
    world, wishes = world_of(request), await read_object(request)
    connection = world.connections.get(str(wishes.get("connection_id", "")))
    found = world.webhooks.create(wishes, connection)
    if truth(request.query_params.get("include_all", "")):
        rows = world.connections.books(connection.id).objects(_kind(found["object_type"]))
        world.webhooks.send_history(found, rows, connection.external_xref)
    return json_reply(found)


def _kind(object_type: str) -> str:
    kind = object_type.partition("_")[2]
    if kind not in CATEGORIES or kind == "agedreceivable":
        raise BadWebhook(f"{object_type} has no history to send")
    return kind


async def one_webhook(request: Request) -> Response:
    webhooks, webhook_id = world_of(request).webhooks, request.path_params["id"]
    if request.method == "GET":
        return json_reply(webhooks.get(webhook_id))
    if request.method == "DELETE":
        webhooks.remove(webhook_id)
        return json_reply({})
    return json_reply(webhooks.change(webhook_id, await read_object(request)))


async def trigger_webhook(request: Request) -> Response:
    """Run a virtual webhook now: whatever changed since it was last run is sent in one delivery."""
    world = world_of(request)
    found = world.webhooks.get(request.path_params["id"])
    connection = world.connections.get(found["connection_id"])
    since = instant_of(found, "checked_at") or 0
    rows = world.connections.books(connection.id).rows(_kind(found["object_type"]))
    changed = [row.object() for row in rows if row.updated >= since]
    if changed:
        world.webhooks.deliver(found, changed, "VIRTUAL", connection.external_xref)
    world.webhooks.checked(found)
    return json_reply(found)


async def resume_webhook(request: Request) -> Response:
    return json_reply(world_of(request).webhooks.resume(request.path_params["id"]))


def _route(path: str, endpoint: Callable[..., Any], *methods: str) -> Route:
    return Route(path, endpoint, methods=list(methods) or ["GET"])


CORE_ROUTES = [
    _route("/unified/integration/workspace/{workspace_id}", workspace_integrations),
    _route("/unified/integration", integrations),
    _route("/unified/connection", list_connections),
    _route("/unified/connection", create_connection, "POST"),
    _route("/unified/connection/{id}", one_connection, "GET", "PATCH", "PUT", "DELETE"),
    _route("/unified/connection/{id}/reauth", reauth_token, "POST"),
    _route("/unified/webhook", list_webhooks),
    _route("/unified/webhook", create_webhook, "POST"),
    _route("/unified/webhook/{id}", one_webhook, "GET", "PATCH", "PUT", "DELETE"),
    _route("/unified/webhook/{id}/trigger", trigger_webhook, "PATCH", "PUT"),
    _route("/unified/webhook/{id}/resume", resume_webhook, "PATCH", "PUT"),
]

__all__ = ["CORE_ROUTES", "BadBody", "BadQuery", "BadWebhook", "json_reply", "read_object", "truth", "world_of"]
