"""The addresses of the report and of what it is made of, on a company's own host."""

from django.urls import path, re_path

from aging.web import customers, data_quality, exports, freshness, invoices, reconciliation, report, report_settings
from aging.web.api import api, nothing_here

urlpatterns = [
    path("", report.report, name="home"),
    path("customers", customers.customers, name="customers"),
    path("customers/<int:pk>", customers.customer, name="customer"),
    path("invoices", invoices.invoices, name="invoices"),
    path("invoices/<int:pk>", invoices.invoice, name="invoice"),
    path("reconciliation", reconciliation.reconciliation, name="reconciliation"),
    path("data-quality", data_quality.data_quality, name="data-quality"),
    path("freshness", freshness.freshness, name="freshness"),
    path("settings/report", report_settings.report_settings, name="report-settings"),
    path("settings/report/reset", report_settings.reset, name="report-settings-reset"),
    path("exports/customers.csv", exports.customers, name="export-customers"),
    path("exports/invoices.csv", exports.invoices, name="export-invoices"),
    path("exports/reconciliation.csv", exports.reconciliation, name="export-reconciliation"),
    path("api/v1/", api.urls),
    re_path(r"^api/(?P<rest>.*)$", nothing_here, name="api-nothing"),
]
