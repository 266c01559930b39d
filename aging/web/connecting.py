"""The way to the provider and back: what will be read, leaving, coming back, being refused.

What may be linked is decided in `aging.ingest.connecting`; here the session remembers which attempts it began, so that
a way back that somebody else began leads nowhere.
"""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.access import current_user, requires
from accounts.frame import frame
from accounts.roles import May
from aging.ingest import connecting
from aging.ingest.client import MissingApiKey, interactive_client
from aging.unified.client import WrongAddress
from aging.unified.connections import Reauthorization
from aging.unified.errors import UnifiedError
from aging.web.catalogue import CatalogueUnavailable, get_system
from aging.web.connection_cards import reads
from aging.web.connections import company_of
from aging.web.pages.sources import ConnectPage
from tenants.audit import actor_of
from tenants.connections import confirmation_name, get_connection, start_sync
from tenants.models import ConnectAttempt, Connection, Trigger
from tenants.provisioning import address_of

BEGUN = "connect_attempts"  # in the session: attempt → connection to be renewed, or 0 for a new one
REMEMBERED = 5
LONGEST_REASON = 200
UNREACHABLE = "Unified.to did not answer as it should. Nothing was connected; try again in a minute."


@require_http_methods(["GET", "POST"])
@requires(May.CONNECT)
def connect(request: HttpRequest, system: str) -> HttpResponse:
    try:
        found = get_system(system)
    except CatalogueUnavailable as error:
        return _page(request, system, problem=str(error), status=503)
    if found is None:
        raise Http404
    if request.method == "POST":
        return _leave(request, found.type, found.name)
    return _page(request, found.name)


@require_http_methods(["GET", "POST"])
@requires(May.CONNECT)
def reconnect(request: HttpRequest, pk: int) -> HttpResponse:
    """The same connection authorized again, so that no duplicate comes about."""
    connection = get_connection(company_of(request), pk)
    if connection is None:
        raise Http404
    if request.method == "POST":
        return _leave(request, connection.integration_type, connection.integration_name, renewing=connection)
    note = f"This renews the access to {confirmation_name(connection)}; what was loaded stays."
    return _page(request, connection.integration_name, note=note)


def _leave(request: HttpRequest, system: str, name: str, *, renewing: Connection | None = None) -> HttpResponse:
    try:
        client = interactive_client()
        grant = client.create_reauth(renewing.external_id) if renewing else None
    except (UnifiedError, MissingApiKey) as error:
        return _page(request, name, problem=getattr(error, "sentence", UNREACHABLE), status=503)
    user, company = current_user(request), company_of(request)
    attempt, state = connecting.begin_attempt(company, user_id=user.pk, integration_type=system)
    _remember(request, attempt, renewing)
    here = address_of(company)
    return HttpResponseRedirect(
        client.authorization_url(
            settings.UNIFIED_WORKSPACE_ID,
            system,
            success_redirect=here + reverse("connect-return"),
            failure_redirect=f"{here}{reverse('connect-failed')}?attempt={attempt.pk}",
            state=state,
            external_xref=attempt.external_xref,
            reauthorize=_reauthorization(renewing, grant),
        )
    )


def _reauthorization(renewing: Connection | None, grant: Reauthorization | None) -> tuple[str, Reauthorization] | None:
    return (renewing.external_id, grant) if renewing and grant else None


def _remember(request: HttpRequest, attempt: ConnectAttempt, renewing: Connection | None) -> None:
    begun = {**_begun(request), str(attempt.pk): renewing.pk if renewing else 0}
    request.session[BEGUN] = dict(list(begun.items())[-REMEMBERED:])


def _begun(request: HttpRequest) -> dict[str, int]:
    return dict(request.session.get(BEGUN, {}))


@require_GET
@never_cache
@requires(May.CONNECT)
def returned(request: HttpRequest) -> HttpResponse:
    back = connecting.Return(
        state=request.GET.get("state", ""),
        external_id=request.GET.get("id", ""),
        company=company_of(request),
        user_id=current_user(request).pk,
        begun_here={int(pk) for pk in _begun(request)},
    )
    try:
        connection = _complete(request, back)
    except connecting.LinkRefused as error:
        return _back_to_connections(request, str(error))
    except (UnifiedError, WrongAddress, MissingApiKey) as error:
        return _back_to_connections(request, getattr(error, "sentence", UNREACHABLE))
    run, _ = start_sync(connection, trigger=Trigger.FIRST, by=actor_of(request), full=True)
    name = f"{confirmation_name(connection)} ({connection.integration_name})"
    messages.success(request, f"Connected to {name}. First sync has started.")
    return HttpResponseRedirect(reverse("sync-run", args=[run.pk]))


def _complete(request: HttpRequest, back: connecting.Return) -> Connection:
    """A new connection, or the one renewed that this attempt was begun for."""
    attempt = connecting.find_attempt(back)
    renewed = get_connection(back.company, _begun(request)[str(attempt.pk)])
    if renewed is not None:
        return connecting.renew_connection(renewed, back, by=actor_of(request))
    return connecting.complete_attempt(back, by=actor_of(request))


def _back_to_connections(request: HttpRequest, problem: str) -> HttpResponse:
    messages.error(request, problem)
    return HttpResponseRedirect(reverse("connections"))


@require_GET
@never_cache
@requires(May.CONNECT)
def failed(request: HttpRequest) -> HttpResponse:
    """The provider's reason is shown only to a session that left for it: nobody else may put words on this page."""
    pk = request.GET.get("attempt", "")
    attempt = connecting.get_attempt(company_of(request), pk) if pk in _begun(request) else None
    if attempt is None:
        return HttpResponseRedirect(reverse("connections"))
    renewing = get_connection(company_of(request), _begun(request)[pk])
    again = reverse("connection-reconnect", args=[renewing.pk]) if renewing else ""
    again = again or reverse("connect", args=[attempt.integration_type])
    name = renewing.integration_name if renewing else _system_name(attempt.integration_type)
    return _page(request, name, problem=_reason(request.GET.get("error", ""), name), continue_url=again)


def _reason(error: str, name: str) -> str:
    if error in ("", "access_denied"):
        return f"{name} was not connected, because access was not granted."
    return f"{name} was not connected. The reason given: {error[:LONGEST_REASON]}"


def _system_name(kind: str) -> str:
    try:
        found = get_system(kind)
    except CatalogueUnavailable:
        return kind
    return found.name if found else kind


def _page(
    request: HttpRequest, system: str, *, problem: str = "", note: str = "", continue_url: str = "", status: int = 200
) -> HttpResponse:
    page = ConnectPage(
        system=system,
        reads=reads(),
        continue_url=continue_url or request.path,
        cancel_url=reverse("connections"),
        note=note,
        problem=problem,
    )
    return render(request, "connections/connect.html", {"page": page, **frame(request)}, status=status)
