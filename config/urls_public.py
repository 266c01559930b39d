"""What answers on the bare domain: sign-up, log-in, creating a company."""

from django.urls import include, path

from aging.web import hooks

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("accounts.urls_public")),
    path("hooks/unified/<str:segment>/", hooks.unified, name="unified-hook"),
]

handler403 = "aging.web.errors.forbidden"
handler404 = "aging.web.errors.not_found"
handler500 = "aging.web.errors.failed"
