"""How does a person let an application read their company's books?

The vendor's authorization page, acted by the sandbox: it names the integration, says who is asking and what
will be read, and lets the person choose which invented business to connect. Plain HTML and one form, so
that it works without JavaScript. The application is named by the host it wants the browser sent back to, as
the address carries no other name. The page sets no `form-action` policy: browsers apply it to the redirect
that follows the form, too.
"""

from html import escape
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.connections import Connection, Health, UnknownConnection, UnknownIntegration, integration_named
from sandbox.core_api import listed, truth, world_of
from sandbox.integrations import READ_SCOPES, Integration
from sandbox.profiles import UnknownProfile
from sandbox.wire import stamp
from sandbox.world import World

_CARRIED = (
    "success_redirect", "failure_redirect", "state", "external_xref", "env", "connection_id", "reauth_token",
)  # fmt: skip
_WORDS = {
    "accounting_contact_read": "Customers",
    "accounting_invoice_read": "Invoices",
    "accounting_creditmemo_read": "Credit memos",
    "accounting_organization_read": "Company details",
    "accounting_paymentterm_read": "Payment terms",
    "accounting_agedreceivable_read": "Aged receivables report",
    "payment_payment_read": "Customer payments",
    "payment_refund_read": "Refunds",
}


async def authorize(request: Request) -> Response:
    """With `redirect` the browser is sent to the consent page; without it the address is the answer."""
    world, kind = world_of(request), request.path_params["integration_type"]
    if request.path_params["workspace_id"] != world.options.workspace_id:
        return PlainTextResponse("Unknown workspace.", 404)
    integration_named(kind)
    base = world.options.public_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"
    url = f"{base}/consent/{kind}?{request.url.query}"
    if truth(request.query_params.get("redirect", "")):
        return RedirectResponse(url, 302)
    return PlainTextResponse(url)


async def consent_page(request: Request) -> Response:
    integration = integration_named(request.path_params["integration_type"])
    scopes = _scopes(listed(request, "scopes"))
    page = _page(integration, world_of(request), request.query_params, scopes)
    return HTMLResponse(page, headers={"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"})


async def decide(request: Request) -> Response:
    world = world_of(request)
    form = {key: values[-1] for key, values in parse_qs((await request.body()).decode()).items()}
    if form.get("decision") != "approve":
        return _back(form, "failure_redirect", error="access_denied")
    try:
        connection = _connect(world, integration_named(request.path_params["integration_type"]), form)
    except _ReauthRefused:
        return _back(form, "failure_redirect", error="invalid_reauth_token")
    except UnknownProfile as error:
        return PlainTextResponse(str(error), 400)
    return _back(form, "success_redirect", id=connection.id)


class _ReauthRefused(PermissionError):
    """The token for re-authorising in place is unknown, used, expired, or another connection's."""


def _connect(world: World, integration: Integration, form: dict[str, str]) -> Connection:
    scopes = _scopes(set(form.get("scopes", "").split(",")) - {""})
    if "connection_id" in form:
        return _reauthorise(world, form["connection_id"], form.get("reauth_token", ""), scopes)
    return world.connect(
        {
            "integration_type": integration.type,
            "external_xref": form.get("external_xref", ""),
            "environment": form.get("env", ""),
            "permissions": scopes,
            "profile": form.get("profile", ""),
        }
    )


def _reauthorise(world: World, connection_id: str, token: str, scopes: list[str]) -> Connection:
    try:
        found = world.connections.get(connection_id)
    except UnknownConnection as error:
        raise _ReauthRefused from error
    if not world.connections.redeem_reauth_token(connection_id, token):
        raise _ReauthRefused
    found.permissions = scopes
    found.set_health(Health.HEALTHY, stamp(world.clock.now()))
    return found


def _scopes(asked: set[str]) -> list[str]:
    """No scope named means every scope, as the vendor documents."""
    return [scope for scope in READ_SCOPES if not asked or scope in asked]


def _back(form: dict[str, str], where: str, **outcome: str) -> Response:
    """To the application, its own query kept; or a plain page when it named no usable address."""
    if "state" in form:
        outcome["state"] = form["state"]
    target = urlsplit(form.get(where, ""))
    if target.scheme not in ("http", "https") or not target.netloc:
        return PlainTextResponse(urlencode(outcome))
    query = urlencode([*parse_qsl(target.query, keep_blank_values=True), *outcome.items()])
    return RedirectResponse(urlunsplit(target._replace(query=query)), 303)


def _page(integration: Integration, world: World, params: QueryParams, scopes: list[str]) -> str:
    asking = urlsplit(params.get("success_redirect", "")).netloc or "An application"
    hidden = {key: params[key] for key in _CARRIED if params.get(key)} | {"scopes": ",".join(scopes)}
    again = bool(params.get("connection_id"))
    return _HTML.format(
        name=escape(integration.name),
        color=integration.color,
        text_color=integration.text_color,
        asking=escape(asking),
        reads="".join(f"<li>{escape(_WORDS[scope])}</li>" for scope in scopes),
        hidden="".join(
            f'<input type="hidden" name="{escape(key)}" value="{escape(value)}">' for key, value in hidden.items()
        ),
        choice="" if again else _choice(world),
        verb="Renew access" if again else "Approve",
    )


def _choice(world: World) -> str:
    options = "".join(
        f'<label><input type="radio" name="profile" value="{escape(demo.profile)}"{" checked" if place == 0 else ""}>'
        f"<span><strong>{escape(demo.organization)}</strong> <small>{escape(demo.profile)}</small><br>"
        f"{escape(demo.summary)}</span></label>"
        for place, demo in enumerate(world.demos())
    )
    return f"<fieldset><legend>Which company?</legend>{options}</fieldset>"


_HTML = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Connect {name}</title>
<style>
body {{ margin: 0; background: #f3f4f6; color: #16181d; font: 16px/1.5 system-ui, sans-serif; }}
header {{ background: {color}; color: {text_color}; padding: 1rem 1.5rem; font-weight: 600; }}
main {{ max-width: 34rem; margin: 2rem auto; padding: 1.5rem; background: #fff; border: 1px solid #d5d9e0;
  border-radius: 8px; }}
h1 {{ font-size: 1.25rem; margin-top: 0; }}
ul {{ columns: 2; padding-left: 1.2rem; }}
fieldset {{ border: 1px solid #d5d9e0; border-radius: 6px; margin: 1rem 0; }}
label {{ display: flex; gap: .75rem; padding: .5rem .25rem; align-items: baseline; }}
small {{ color: #565d6b; }}
button {{ font: inherit; padding: .5rem 1.25rem; border-radius: 6px; border: 1px solid #565d6b; background: #fff;
  color: inherit; cursor: pointer; }}
button.approve {{ background: {color}; color: {text_color}; border-color: {color}; font-weight: 600; }}
button:focus-visible, input:focus-visible {{ outline: 3px solid #1d4ed8; outline-offset: 2px; }}
@media (max-width: 30rem) {{ ul {{ columns: 1; }} main {{ margin: 0; border: 0; border-radius: 0; }} }}
</style>
</head>
<body>
<header>{name} (sandbox)</header>
<main>
<h1>{asking} wants to read your books in {name}</h1>
<p>It will be able to read, and not to change:</p>
<ul>{reads}</ul>
<form method="post">
{hidden}
{choice}
<button class="approve" name="decision" value="approve">{verb}</button>
<button name="decision" value="deny">Deny</button>
</form>
<p><small>This page belongs to a local simulator. The companies are invented; nothing leaves this machine.</small></p>
</main>
</body>
</html>
"""

CONSENT_ROUTES = [
    Route("/unified/integration/auth/{workspace_id}/{integration_type}", authorize),
    Route("/consent/{integration_type}", consent_page),
    Route("/consent/{integration_type}", decide, methods=["POST"]),
]

__all__ = ["CONSENT_ROUTES", "UnknownIntegration"]
