"""People on the bare domain."""

from django.urls import path

from accounts.views import entry, profile

urlpatterns = [
    path("", entry.welcome, name="welcome"),
    path("companies/new", entry.company_create, name="company-create"),
    path("companies/find", entry.find_company, name="find-company"),
    path("companies/<slug:slug>/enter", entry.enter_company, name="enter-company"),
    path("settings/profile", profile.profile, name="profile"),
]
