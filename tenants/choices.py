"""A member of a TextChoices with its label, typed so that the member can stand where its value can."""

from typing import Any


def labelled(value: str, label: str) -> Any:
    return value, label
