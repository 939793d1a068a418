"""The router beside a bare aiokafka loop: events a second, and latency from publish to decision."""

from __future__ import annotations
