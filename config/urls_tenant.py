"""What answers on a company's own host."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("accounts.urls_company")),
    path("", include("aging.web.urls")),
    path("", include("aging.web.urls_sources")),
]

handler403 = "aging.web.errors.forbidden"
handler404 = "aging.web.errors.not_found"
handler500 = "aging.web.errors.failed"
