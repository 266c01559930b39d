"""What does a mail of ours look like? Plain sentences, and the same sentences as simple HTML.

The text is written once. Its paragraphs become paragraphs, a paragraph that is only an address becomes a link, and one
that is only a code is set large; so the two versions cannot drift apart. A name that somebody typed cannot add a header
(subjects are folded to one line) or markup (paragraphs are escaped).
"""

import re
from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

CODE = re.compile(r"[A-Z0-9]{3,8}(-[A-Z0-9]{3,8})*")


@dataclass(frozen=True, slots=True)
class Paragraph:
    kind: Literal["text", "link", "code"]
    text: str


def compose(*, to: list[str], subject: str, text: str, headers: dict[str, str] | None = None) -> EmailMultiAlternatives:
    one_line = " ".join(subject.split())
    body = text.strip() + "\n"
    message = EmailMultiAlternatives(one_line, body, settings.DEFAULT_FROM_EMAIL, to, headers=headers)
    html = render_to_string("emails/message.html", {"subject": one_line, "paragraphs": paragraphs_of(body)})
    message.attach_alternative(html, "text/html")
    return message


def paragraphs_of(text: str) -> list[Paragraph]:
    return [_paragraph(block.strip()) for block in re.split(r"\n\s*\n", text) if block.strip()]


def _paragraph(block: str) -> Paragraph:
    if re.fullmatch(r"https?://\S+", block):
        return Paragraph("link", block)
    return Paragraph("code" if CODE.fullmatch(block) else "text", block)
