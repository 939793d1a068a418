"""Free ports on the loopback interface."""

from __future__ import annotations

import random
import socket

from warmline.errors import UnavailableError

LOOPBACK = "127.0.0.1"

# Below 32768, where Linux begins to take the ports of outgoing connections: a port from there could
# be gone again before the server that was promised it has started, or while it restarts.
_CANDIDATES = range(20_000, 32_768)
_ATTEMPTS = 200

_handed_out: set[int] = set()
_random = random.SystemRandom()


def free_port() -> int:
    """A port that nothing listens on and that this process was not given before.

    Raises `UnavailableError` if 200 random candidates are all taken.
    """
    for _ in range(_ATTEMPTS):
        port = _random.choice(_CANDIDATES)
        if port not in _handed_out and is_free(port):
            _handed_out.add(port)
            return port
    raise UnavailableError(
        f"No free port found between {_CANDIDATES.start} and {_CANDIDATES.stop - 1} "
        f"on {LOOPBACK}; see what listens there with `ss -ltn`."
    )


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now; a connection in TIME_WAIT is no obstacle."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def accepts(port: int) -> bool:
    """Whether something listens on `port` now."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1.0).close()
    except OSError:
        return False
    return True
