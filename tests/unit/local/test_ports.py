"""Which ports are handed out."""

from __future__ import annotations

import socket

from warmline.local.ports import LOOPBACK, accepts, free_port, is_free


def test_a_port_is_handed_out_once() -> None:
    ports = [free_port() for _ in range(500)]
    assert len(set(ports)) == len(ports)


def test_a_port_that_is_handed_out_lies_below_those_of_outgoing_connections() -> None:
    assert 20_000 <= free_port() < 32_768


def test_a_port_with_a_server_is_not_free() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
        assert accepts(port)
    assert is_free(port)
    assert not accepts(port)
