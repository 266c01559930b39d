"""Where will everything be: which ports, folders and servers, and which of them are our own?

What the environment names is used; what it leaves out runs here: PostgreSQL without DATABASE_URL, Redis without
REDIS_URL, a sandbox of Unified.to when neither its address nor a key is given.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from config import env
from dev import ROOT
from tenants import embedded

# The sandbox takes any key; these are good for nothing else and stay on this machine.
SANDBOX = {
    "UNIFIED_API_KEY": "sandbox-key",
    "UNIFIED_WORKSPACE_ID": "sandbox",
    "UNIFIED_WORKSPACE_SECRET": "sandbox-secret",
    "UNIFIED_ENV": "Production",
}


@dataclass(frozen=True)
class Plan:
    var_dir: Path
    port: int
    base_domain: str
    has_embedded_database: bool
    has_embedded_redis: bool
    has_sandbox: bool

    @property
    def sandbox_port(self) -> int:
        return self.port + 1

    @property
    def dagster_port(self) -> int:
        return self.port + 2

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def ports(self) -> dict[int, str]:
        sandbox = {self.sandbox_port: "the sandbox of Unified.to"} if self.has_sandbox else {}
        return {self.port: "the web server", **sandbox, self.dagster_port: "Dagster's web server"}

    @property
    def redis_socket(self) -> Path:
        return embedded.redis_socket(self.var_dir)

    @property
    def log_dir(self) -> Path:
        return self.var_dir / "log"

    @property
    def shown_var_dir(self) -> str:
        return os.path.relpath(self.var_dir) if self.var_dir.is_relative_to(ROOT) else str(self.var_dir)

    @property
    def environment(self) -> dict[str, str]:
        """What every process gets beside the environment that `make up` was given."""
        chosen = {"PORT": str(self.port), "VAR_DIR": str(self.var_dir), "DJANGO_SETTINGS_MODULE": "config.settings"}
        return {**chosen, **self._sandbox_environment()}

    def as_env_file(self) -> str:
        """What commands in another terminal need to mean this running copy."""
        chosen = {"PORT": str(self.port), **self._sandbox_environment()}
        return "".join(f"{name}={value}\n" for name, value in chosen.items())

    def _sandbox_environment(self) -> dict[str, str]:
        return {"UNIFIED_API_URL": self.sandbox_url, **SANDBOX} if self.has_sandbox else {}


def make_plan() -> Plan:
    """Raises ImproperlyConfigured naming what is wrong in the environment."""
    return Plan(
        var_dir=env.var_dir().resolve(),
        port=env.port(),
        base_domain=env.base_domain(),
        has_embedded_database=not env.env.str("DATABASE_URL", default=""),
        has_embedded_redis=not env.env.str("REDIS_URL", default=""),
        has_sandbox=not any(env.env.str(name, default="") for name in ("UNIFIED_API_URL", "UNIFIED_API_KEY")),
    )
