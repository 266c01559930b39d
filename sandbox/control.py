"""How is the sandbox steered from outside: by the demo, the tests and the benchmarks?

`/_sandbox/*`, which the vendor does not have. It needs the same key as everything else.
"""

from collections import defaultdict
from dataclasses import asdict
from decimal import Decimal

import msgspec
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.agedreceivable import open_items
from sandbox.books import STORED, Books
from sandbox.connections import Connection
from sandbox.core_api import BadBody, json_reply, read_object, world_of
from sandbox.faults import Rule
from sandbox.postings import post
from sandbox.wire import Object


async def ready(_request: Request) -> Response:
    return json_reply({"ready": True})


async def create_connection(request: Request) -> Response:
    """A connection with an id of one's choice, its books already open when the answer arrives."""
    world = world_of(request)
    connection = world.connect(await read_object(request))
    await to_thread.run_sync(world.connections.shelf, connection)
    return json_reply(_described(connection))


async def list_connections(request: Request) -> Response:
    return json_reply([_described(connection) for connection in world_of(request).connections])


async def change_connection(request: Request) -> Response:
    connections, connection_id = world_of(request).connections, request.path_params["id"]
    return json_reply(_described(connections.change(connection_id, await read_object(request))))


async def remove_connection(request: Request) -> Response:
    world_of(request).disconnect(request.path_params["id"])
    return json_reply({})


async def _books(request: Request) -> Books:
    world = world_of(request)
    return await to_thread.run_sync(world.connections.books, request.path_params["id"])


async def summarise_books(request: Request) -> Response:
    """Counts, and what is open as of today, as the sandbox itself computes it."""
    books = await _books(request)
    as_of = books.clock.today()
    totals: dict[str, dict[str, Decimal]] = defaultdict(lambda: {"open": Decimal(0), "unapplied": Decimal(0)})
    for item in open_items(books, as_of):
        totals[item.currency]["open" if item.open > 0 else "unapplied"] += item.open
    counts = {kind: books.count(kind) for kind in STORED}
    return json_reply({"as_of": as_of.isoformat(), "counts": counts, "totals": totals})


async def change_books(request: Request) -> Response:
    books = await _books(request)
    return json_reply(post(books, await read_object(request)))


async def list_faults(request: Request) -> Response:
    return json_reply(world_of(request).faults.rules)


async def add_fault(request: Request) -> Response:
    try:
        rule = msgspec.convert(await read_object(request), Rule, strict=False)
    except msgspec.ValidationError as error:
        raise BadBody(str(error)) from error
    return json_reply(world_of(request).faults.add(rule))


async def clear_faults(request: Request) -> Response:
    faults = world_of(request).faults
    if "id" in request.path_params:
        faults.remove(request.path_params["id"])
    else:
        faults.clear()
    return json_reply({})


async def list_requests(request: Request) -> Response:
    wanted = {key: value for key, value in request.query_params.items() if key in ("connection_id", "object")}
    entries = [asdict(entry) for entry in world_of(request).requests]
    return json_reply([entry for entry in entries if all(entry[key] == value for key, value in wanted.items())])


async def clear_requests(request: Request) -> Response:
    world_of(request).requests.clear()
    return json_reply({})


async def list_deliveries(request: Request) -> Response:
    deliveries = world_of(request).webhooks.deliveries
    return json_reply([asdict(delivery) | {"body": delivery.body.decode()} for delivery in deliveries])


async def deliver(request: Request) -> Response:
    """Send a webhook by hand: the objects named by `ids`, `times` over, correctly signed unless `forged`."""
    world, wishes = world_of(request), await read_object(request)
    found = world.webhooks.get(request.path_params["id"])
    connection = world.connections.get(found["connection_id"])
    books = await to_thread.run_sync(world.connections.books, connection.id)
    kind = str(found["object_type"]).partition("_")[2]
    nonce = world.webhooks.deliver(
        found,
        [books.get(kind, str(row_id)) for row_id in wishes.get("ids") or ()],
        str(wishes.get("type") or "VIRTUAL"),
        str(wishes.get("external_xref") or connection.external_xref),
        times=int(wishes.get("times") or 1),
        forged=bool(wishes.get("forged")),
    )
    return json_reply({"nonce": nonce})


async def change_settings(request: Request) -> Response:
    webhooks, wishes = world_of(request).webhooks, await read_object(request)
    encoding = wishes.get("signature", webhooks.encoding)
    if encoding not in ("base64", "hex"):
        raise BadBody("signature is base64 or hex")
    webhooks.encoding = encoding
    return json_reply({"signature": encoding})


def _described(connection: Connection) -> Object:
    """The vendor's object, and under `sandbox` what only the sandbox knows."""
    habits = asdict(connection.habits)
    return connection.as_object() | {
        "sandbox": {"profile": connection.profile, "health": connection.health.value, **habits}
    }


CONTROL_ROUTES = [
    Route("/_sandbox/ready", ready),
    Route("/_sandbox/connections", list_connections),
    Route("/_sandbox/connections", create_connection, methods=["POST"]),
    Route("/_sandbox/connections/{id}", change_connection, methods=["PATCH"]),
    Route("/_sandbox/connections/{id}", remove_connection, methods=["DELETE"]),
    Route("/_sandbox/connections/{id}/books", summarise_books),
    Route("/_sandbox/connections/{id}/books", change_books, methods=["POST"]),
    Route("/_sandbox/faults", list_faults),
    Route("/_sandbox/faults", add_fault, methods=["POST"]),
    Route("/_sandbox/faults", clear_faults, methods=["DELETE"]),
    Route("/_sandbox/faults/{id}", clear_faults, methods=["DELETE"]),
    Route("/_sandbox/requests", list_requests),
    Route("/_sandbox/requests", clear_requests, methods=["DELETE"]),
    Route("/_sandbox/deliveries", list_deliveries),
    Route("/_sandbox/webhooks/{id}/deliver", deliver, methods=["POST"]),
    Route("/_sandbox/settings", change_settings, methods=["PATCH"]),
]
