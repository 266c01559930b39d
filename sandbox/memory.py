"""What does a sandbox remember when it is started again?

Its connections and webhooks, in one JSON file, so that a company connected in the browser yesterday is still
connected today. Books are not in it: they are drawn again from the profile, and postings made by hand are gone.
Connections to objects that were given inline cannot come back either and are left out.
"""

from dataclasses import asdict
from pathlib import Path

from sandbox.connections import Connection, Health
from sandbox.wire import Object, decode, encode
from sandbox.world import World

_KEPT = ("created_at", "updated_at", "last_healthy_at", "last_unhealthy_at", "last_unhealthy_code")


class BadMemory(ValueError):
    """The file is not one that a sandbox has written."""


def save(world: World, path: Path) -> None:
    """Replaces the file in one step; a crash leaves the old one."""
    kept = [_told(found) for found in world.connections if world.can_reopen(found.profile)]
    ids = {found["id"] for found in kept}
    webhooks = [found for found in world.webhooks.all() if found["connection_id"] in ids]
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(encode({"connections": kept, "webhooks": webhooks}))
    fresh.replace(path)


def load(world: World, path: Path) -> None:
    if not path.exists():
        return
    try:
        found = decode(path.read_bytes())
        for told in found["connections"]:
            if world.can_reopen(told["profile"]):
                _recall(world, told)
        for webhook in found["webhooks"]:
            world.webhooks.restore(webhook)
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise BadMemory(f"{path} cannot be read as a sandbox's state: {error}") from error


def _told(connection: Connection) -> Object:
    habits = asdict(connection.habits)
    return connection.as_object() | habits | {"profile": connection.profile, "health": connection.health.value}


def _recall(world: World, told: Object) -> None:
    connection = world.connect(told)
    connection.health = Health(told["health"])
    for name in _KEPT:
        if name in told:
            setattr(connection, name, told[name])
