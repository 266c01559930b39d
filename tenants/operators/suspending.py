"""Shutting a company out and letting it in again, by an operator."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from tenants.audit import actor_of
from tenants.models import Company
from tenants.suspension import AwaitsDeletion, resume, suspend


@require_POST
def suspend_tenant(request: HttpRequest, company_pk: int) -> HttpResponse:
    company = _company(company_pk)
    suspend(company, by=actor_of(request))
    messages.success(request, f"{company.name} is suspended: nobody gets in and nothing is synced.")
    return HttpResponseRedirect(reverse("ops-tenant", args=[company_pk]))


@require_POST
def resume_tenant(request: HttpRequest, company_pk: int) -> HttpResponse:
    company = _company(company_pk)
    try:
        resume(company, by=actor_of(request))
    except AwaitsDeletion:
        messages.error(request, f"{company.name} is marked for deletion. Call that off first.")
    else:
        messages.success(request, f"{company.name} is open again.")
    return HttpResponseRedirect(reverse("ops-tenant", args=[company_pk]))


def _company(pk: int) -> Company:
    company = Company.objects.filter(pk=pk).first()
    if company is None:
        raise Http404
    return company
