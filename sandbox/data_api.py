"""How are the objects of a connected company served?

`/{category}/{connection_id}/{object}` and `…/{id}`: the only part of the sandbox that has to be fast, hence
plain ASGI. The order of refusals follows the vendor: an unknown connection first, then its state, then what
the integration cannot do, then what the customer did not permit. Error bodies are plain text, because no
schema for them is published and nobody may rely on one.
"""

import asyncio
import time
from dataclasses import dataclass

from anyio import to_thread
from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope, Send

from sandbox.agedreceivable import as_of_day
from sandbox.books import CATEGORIES
from sandbox.connections import Connection, Habits, Health, UnknownConnection
from sandbox.faults import fail, send_whole
from sandbox.listing import BadQuery, Page, Query, Shelf, field_names, project, read_query
from sandbox.wire import Object, encode
from sandbox.world import World

Reply = tuple[int, dict[str, str], bytes]
_JSON = {"content-type": "application/json; charset=utf-8"}
_TEXT = {"content-type": "text/plain; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class DataApi:
    world: World

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path_params"]
        connection_id, kind = path["connection_id"], path["kind"]
        if scope["method"] not in ("GET", "HEAD"):
            await send_whole(send, 405, _TEXT, b"The sandbox is read-only here; books change through /_sandbox/.")
            return
        params = QueryParams(scope["query_string"])

        async def answer() -> Reply:
            return await self._answer(path["category"], connection_id, kind, path.get("id"), params)

        rule = self.world.faults.for_request(connection_id, kind)
        if rule is not None:
            scope["sandbox.fault"] = rule.id
            await fail(rule, answer, receive, send)
            return
        status, headers, body = await answer()
        await send_whole(send, status, headers, body)

    async def _answer(
        self, category: str, connection_id: str, kind: str, row_id: str | None, params: QueryParams
    ) -> Reply:
        try:
            connection = self.world.connections.get(connection_id)
        except UnknownConnection as error:
            return 404, _TEXT, str(error).encode()
        refusal = _refusal(connection, category, kind)
        if refusal is not None:
            return refusal
        if connection.habits.latency_ms:
            await asyncio.sleep(connection.habits.latency_ms / 1000)
        shelf = connection.shelf
        if shelf is None:
            shelf = await to_thread.run_sync(self.world.connections.shelf, connection)
        began = time.perf_counter()
        try:
            status, headers, body = await self._found(connection.habits, shelf, kind, row_id, params)
        except BadQuery as error:
            return 400, _TEXT, str(error).encode()
        spent = str(round((time.perf_counter() - began) * 1000))
        return status, headers | {"x-endapi-response-time": spent, "x-unified-response-time": spent}, body

    async def _found(self, habits: Habits, shelf: Shelf, kind: str, row_id: str | None, params: QueryParams) -> Reply:
        if row_id is not None:
            return await self._one(shelf, kind, row_id, params)
        query = read_query(params, default_limit=habits.default_limit, page_max=habits.page_max, ignored=habits.ignored)
        page = await self._aged(shelf, query) if kind == "agedreceivable" else shelf.page(kind, query)
        headers = _JSON | {"x-total-count": str(page.total)} if habits.total_count else _JSON
        return 200, headers, page.body

    async def _aged(self, shelf: Shelf, query: Query) -> Page:
        as_of = as_of_day(query.end_lt, self.world.clock.today())
        reports = await to_thread.run_sync(shelf.aged, as_of, query.contact_id)
        chosen = reports[query.offset : query.offset + query.limit]
        if query.fields:
            chosen = [project(report, query.fields) for report in chosen]
        return Page(encode(chosen), len(reports))

    async def _one(self, shelf: Shelf, kind: str, row_id: str, params: QueryParams) -> Reply:
        fields = field_names(params)
        found: Object | None
        if kind == "agedreceivable":
            reports = await to_thread.run_sync(shelf.aged, as_of_day(None, self.world.clock.today()))
            found = next((report for report in reports if report["id"] == row_id), None)
        else:
            row = shelf.books.row(kind, row_id)
            found = None if row is None else row.object_with_raw() if "raw" in fields else row.object()
        if found is None:
            return 404, _TEXT, f"No {kind} {row_id!r}.".encode()
        return 200, _JSON, encode(project(found, fields) if fields else found)


def _refusal(connection: Connection, category: str, kind: str) -> Reply | None:
    if CATEGORIES.get(kind) != category:
        return 404, _TEXT, f"There is no {category}/{kind}.".encode()
    if connection.health is Health.PAUSED:
        return 403, _TEXT, b"The connection is paused."
    if connection.health is Health.BROKEN:
        return 401, _TEXT, b"The connection is likely broken and requires recreation."
    if category not in connection.categories or kind in connection.habits.unsupported:
        return 501, _TEXT, b"The requested functionality is not supported by this integration."
    if f"{category}_{kind}_read" not in connection.permissions:
        return 403, _TEXT, b"The connection lacks the required permissions or scopes."
    return None
