"""The bare domain: welcome, the companies one belongs to, creating one, and the way into one."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import current_user, requires_log_in
from accounts.companies import create_company, list_companies, owned_companies
from accounts.forms import CompanyAddressForm, CompanyForm
from accounts.handoff import hand_off
from accounts.models import User
from accounts.pages import CompaniesPage, FormPage, HandoffPage
from tenants.models import Company
from tenants.pages import Link
from tenants.provisioning import CompanyRefused, host_for

MOST_OWNED = 20


@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return render(request, "welcome.html")
    user = current_user(request)
    links = tuple(Link(company.name, reverse("enter-company", args=[company.slug])) for company in list_companies(user))
    page = CompaniesPage(companies=links, create_url=reverse("company-create"))
    return render(request, "companies.html", {"page": page})


@requires_log_in
@require_http_methods(["GET", "HEAD", "POST"])
def company_create(request: HttpRequest) -> HttpResponse:
    user = current_user(request)
    form = CompanyForm(request.POST or None, base_domain=settings.BASE_DOMAIN)
    if request.method == "POST" and form.is_valid():
        company = _create(user, form)
        if company is not None:
            messages.success(request, f"{company.name} is ready.")
            return HttpResponseRedirect(reverse("enter-company", args=[company.slug]))
    page = FormPage(
        title="Create your company",
        text="It gets an address of its own and a ledger that nobody else can read.",
        submit_label="Create company",
        action_url=reverse("company-create"),
        back=Link("Your companies", reverse("welcome")),
    )
    return render(request, "form.html", {"page": page, "form": form})


def _create(user: User, form: CompanyForm) -> Company | None:
    if owned_companies(user) >= MOST_OWNED:
        form.add_error(None, f"You own {MOST_OWNED} companies, which is the most one person may create.")
        return None
    try:
        return create_company(owner=user, **form.cleaned_data)
    except CompanyRefused as error:
        form.add_error("slug", str(error))
        return None


@never_cache
@requires_log_in
@require_http_methods(["GET", "HEAD", "POST"])
def enter_company(request: HttpRequest, slug: str) -> HttpResponse:
    """The form that leads to the company's host, sent by script where there is one. Asking changes nothing."""
    user = current_user(request)
    company = next((company for company in list_companies(user) if company.slug == slug), None)
    if company is None:
        raise Http404
    handoff = hand_off(user, company)
    page = HandoffPage(company_name=company.name, action=handoff.action, token=handoff.token)
    response = render(request, "accounts/handoff.html", {"page": page})
    # The company's host checks where the form came from; our usual policy would make browsers withhold it.
    response["Referrer-Policy"] = "strict-origin"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def find_company(request: HttpRequest) -> HttpResponse:
    """To the company's own log-in page, whether there is such a company or not."""
    form = CompanyAddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        host = host_for(form.cleaned_data["slug"])
        return HttpResponseRedirect(f"{settings.PUBLIC_SCHEME}://{host}{settings.PUBLIC_PORT_SUFFIX}/")
    page = FormPage(
        title="Find your company",
        text=f"The first part of its address, before .{settings.BASE_DOMAIN}. It is in the mail that invited you.",
        submit_label="Continue",
        action_url=reverse("find-company"),
        back=Link("Sign in to see all your companies", reverse("account_login")),
    )
    return render(request, "form.html", {"page": page, "form": form})
