"""A container's health check: exit code 0 if the service is ready, else 1. Either way it says what
`/readyz` said, so that `docker inspect` shows which dependency is missing."""

from __future__ import annotations

import http.client
import os
import sys

port = int(os.environ["WARMLINE_HEALTH_PORT"])
connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
try:
    connection.request("GET", "/readyz")
    answer = connection.getresponse()
    print(answer.read().decode())
except (OSError, http.client.HTTPException) as error:
    sys.exit(f"no answer on port {port}: {error!r}")
sys.exit(answer.status != http.client.OK)
