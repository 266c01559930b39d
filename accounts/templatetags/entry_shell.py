"""How do allauth's own pages come to look like ours?

Its pages are Django templates that all end in one layout. Ours of that name captures the blocks they fill and hands
them, rendered, to a page in our frame; together with our files for allauth's 22 elements no page of a later release can
appear undressed. Pages that people see often are written out in full under templates/ and never come here.
"""

from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.template.context import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
PARTS = "entry_shell_parts"


class PartNode(template.Node):
    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name, self.nodelist = name, nodelist

    def render(self, context: Context) -> SafeString:
        parts = context.render_context.setdefault(PARTS, {})
        # Rendered by Django's engine, which has escaped what needed it.
        parts[self.name] = mark_safe(self.nodelist.render(context).strip())  # noqa: S308
        return mark_safe("")


class EntryShellNode(template.Node):
    def __init__(self, template_name: str, nodelist: NodeList) -> None:
        self.template_name, self.nodelist = template_name, nodelist

    def render(self, context: Context) -> SafeString:
        self.nodelist.render(context)
        page: dict[str, Any] = {"parts": context.render_context.get(PARTS, {})}
        return get_template(self.template_name, using="jinja2").render(page, context.get("request"))


@register.tag
def part(parser: Parser, token: Token) -> PartNode:
    """{% part title %}…{% endpart %} keeps what is between under that name."""
    _, name = token.split_contents()
    nodelist = parser.parse(("endpart",))
    parser.delete_first_token()
    return PartNode(name, nodelist)


@register.tag
def entry_shell(parser: Parser, token: Token) -> EntryShellNode:
    """{% entry_shell "page.html" %}…{% endentry_shell %} shows that Jinja page with the parts kept in between."""
    _, name = token.split_contents()
    nodelist = parser.parse(("endentry_shell",))
    parser.delete_first_token()
    return EntryShellNode(name.strip("\"'"), nodelist)
