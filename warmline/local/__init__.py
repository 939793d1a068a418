"""Real Kafka and Redis on this machine, without Docker, for trying out, tests and benchmarks.

Start reading at `stack`. Everything listens on the loopback interface only and keeps its data, logs
and pid files in one folder; a process is stopped by its own pid, never by its name. Linux only,
because it trusts /proc and pidfds to know a process again.
"""

from __future__ import annotations
