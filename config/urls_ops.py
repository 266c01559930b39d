"""What answers on the operators' host."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
]
