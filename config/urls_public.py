"""What answers on the bare domain: sign-up, log-in, creating a company."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("accounts.urls_public")),
]
