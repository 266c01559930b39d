"""How do the parts become one web application?

One gate in front of everything checks the key, measures and logs; behind it are the routes. Refusals raised
anywhere below become the vendor's status codes here and nowhere else.
"""

import hmac
import itertools
import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.books import UnknownRow
from sandbox.clock import Clock
from sandbox.connections import ConnectionRefused, UnknownConnection, UnknownIntegration
from sandbox.consent import CONSENT_ROUTES
from sandbox.control import CONTROL_ROUTES
from sandbox.core_api import CORE_ROUTES, BadBody
from sandbox.data_api import DataApi
from sandbox.faults import UnknownFault, send_whole
from sandbox.listing import BadQuery
from sandbox.postings import BadPosting
from sandbox.profiles import UnknownProfile
from sandbox.webhooks import BadWebhook, UnknownWebhook
from sandbox.wire import stamp
from sandbox.world import BadRecording, Entry, Options, World

_OPEN = ("/unified/integration/workspace/", "/unified/integration/auth/", "/consent/", "/_sandbox/ready")
_STATUS = {
    UnknownConnection: 404,
    UnknownIntegration: 404,
    UnknownWebhook: 404,
    UnknownRow: 404,
    UnknownProfile: 400,
    BadRecording: 400,
    BadBody: 400,
    BadQuery: 400,
    BadWebhook: 400,
    BadPosting: 400,
    ConnectionRefused: 400,
    UnknownFault: 400,
}


def create_app(world: World | None = None, *, options: Options | None = None, clock: Clock | None = None) -> ASGIApp:
    """The whole application; give a prepared world, or options for a new one."""
    world = world or World(options, clock)
    data = DataApi(world)
    app = Starlette(
        routes=[
            Route("/{category:str}/{connection_id:str}/{kind:str}", data),
            Route("/{category:str}/{connection_id:str}/{kind:str}/{id:path}", data),
        ],
        exception_handlers=dict.fromkeys(_STATUS, _refuse),
    )
    app.router.routes[:0] = [*CONSENT_ROUTES, *CORE_ROUTES, *CONTROL_ROUTES]
    app.state.world = world
    return Gate(app, world)


def _refuse(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(str(error), _STATUS[type(error)])


class Gate:
    """Checks the key, stamps the response time, and writes the request log."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self.app = app
        self.world = world
        self._numbers = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        entry = self._entry(scope)

        async def measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                spent = (time.perf_counter() - began) * 1000
                entry.status, entry.milliseconds = message["status"], round(spent, 2)
                message["headers"] = [*message["headers"], (b"x-response-time", str(round(spent)).encode())]
            else:
                entry.bytes += len(message.get("body", b""))
            await send(message)

        if not self._admitted(scope):
            await send_whole(measured, 401, {"content-type": "text/plain; charset=utf-8"}, b"Unauthorized")
            return
        try:
            await self.app(scope, receive, measured)
        finally:
            path = scope.get("path_params", {})
            if "kind" in path:
                entry.connection_id, entry.object = path["connection_id"], path["kind"]
            entry.fault = scope.get("sandbox.fault", "")
            if scope["method"] != "GET":
                self.world.on_changed()

    def _entry(self, scope: Scope) -> Entry:
        headers = dict(scope["headers"])
        entry = Entry(
            number=next(self._numbers),
            at=stamp(self.world.clock.now()),
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            scheme=_scheme(headers.get(b"authorization", b"")),
            user_agent=headers.get(b"user-agent", b"").decode("latin-1"),
        )
        if not entry.path.startswith("/_sandbox/"):
            self.world.requests.append(entry)
        return entry

    def _admitted(self, scope: Scope) -> bool:
        if scope["path"].startswith(_OPEN):
            return True
        sent = dict(scope["headers"]).get(b"authorization", b"")
        key = sent[7:] if _scheme(sent) == "bearer" else sent
        return hmac.compare_digest(key.strip(), self.world.options.api_key.encode())


def _scheme(sent: bytes) -> str:
    return "bearer" if sent[:7].lower() == b"bearer " else "bare" if sent else "none"
