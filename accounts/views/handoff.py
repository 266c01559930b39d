"""A company's host, receiving somebody from the bare domain."""

from allauth.account.adapter import get_adapter
from allauth.account.signals import user_logged_in
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.handoff import HandoffRefused, comes_from_bare_domain, receive
from accounts.pages import refused
from accounts.profile import remember_theme
from accounts.sessions import tenant_of


@csrf_exempt
@never_cache
@require_POST
def handoff(request: HttpRequest) -> HttpResponse:
    """Takes the token and nothing else; the session that follows is new and belongs to this company alone."""
    try:
        if not comes_from_bare_domain(request):
            raise HandoffRefused
        user = receive(request.POST.get("token", ""), tenant_of(request)).user
    except HandoffRefused:
        return refused(request, "The way in has expired or was used already. Choose your company again.")
    get_adapter(request).login(request, user)
    response = HttpResponseRedirect("/")
    user_logged_in.send(sender=type(user), request=request, response=response, user=user)
    remember_theme(response, user)
    return response
