"""What answers on the operators' host."""

from django.urls import include, path

from accounts.access import requires_operator
from tenants.operators.urls import console

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    *console(requires_operator),
]

handler403 = "aging.web.errors.forbidden"
handler404 = "aging.web.errors.not_found"
handler500 = "aging.web.errors.failed"
