import os
import socket
import sys

import pytest

from dev import Stopped
from dev.ports import require_free


@pytest.fixture
def taken() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def _a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_free_ports_are_no_obstacle() -> None:
    require_free({_a_free_port(): "the web server"})


def test_a_port_in_use_is_named_with_its_purpose_and_the_way_out(taken: int) -> None:
    with pytest.raises(Stopped) as refused:
        require_free({_a_free_port(): "the web server", taken: "the sandbox"})
    sentence = str(refused.value)
    assert f"Port {taken} (the sandbox) is in use" in sentence
    assert "PORT=" in sentence
    assert "the web server" not in sentence


@pytest.mark.skipif(sys.platform != "linux", reason="who listens is read from Linux's /proc")
def test_the_process_that_has_the_port_is_named(taken: int) -> None:
    with pytest.raises(Stopped, match=f"by process {os.getpid()} "):
        require_free({taken: "the web server"})


def test_a_port_that_leaves_no_room_for_its_neighbours_is_refused() -> None:
    with pytest.raises(Stopped, match="at most 65533"):
        require_free({65534: "the web server", 65536: "Dagster's web server"})
