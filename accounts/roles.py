"""What may each role do? One table, read by every view; nothing else decides."""

from enum import StrEnum

from accounts.models import Role


class May(StrEnum):
    READ = "read figures"
    EXPORT = "export figures"
    SYNC = "start a sync"
    CONNECT = "connect and disconnect accounting systems"
    INVITE = "invite and remove members"
    SETTINGS = "change how figures are shown"
    TOKENS = "issue API tokens"
    OWN = "hand over or close the company"


_FINANCE = {May.READ, May.EXPORT}
_ADMIN = _FINANCE | {May.SYNC, May.CONNECT, May.INVITE, May.SETTINGS, May.TOKENS}

ALLOWED: dict[str, frozenset[May]] = {
    Role.VIEWER: frozenset({May.READ}),
    Role.FINANCE: frozenset(_FINANCE),
    Role.ADMIN: frozenset(_ADMIN),
    Role.OWNER: frozenset(_ADMIN | {May.OWN}),
}

RANK = {Role.VIEWER: 0, Role.FINANCE: 1, Role.ADMIN: 2, Role.OWNER: 3}


def may(role: str, action: May) -> bool:
    return action in ALLOWED.get(role, frozenset())


def outranks_or_equals(role: str, other: str) -> bool:
    return RANK[Role(role)] >= RANK[Role(other)]


def grantable(role: str) -> list[Role]:
    """The roles that somebody of this role may give and take, highest first: none above their own."""
    return [Role(other) for other in Role.values if outranks_or_equals(role, other)] if may(role, May.INVITE) else []
