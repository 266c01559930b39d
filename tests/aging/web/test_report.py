"""The aging report as a member of the company sees it, on books that were really synced."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/", "/customers", "/customers?settled=yes", "/invoices", "/data-quality", "/freshness"])
def test_every_screen_of_figures_opens(synced_company, path):
    assert synced_company.browser().get(path).status_code == 200
