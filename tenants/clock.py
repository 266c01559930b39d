"""What day is it for a company? Asked at the edges only: views, commands, sensors, assets."""

from datetime import date
from zoneinfo import ZoneInfo

from django.utils.timezone import now

from tenants.models import Company


def today_of(company: Company) -> date:
    return now().astimezone(ZoneInfo(company.timezone)).date()
