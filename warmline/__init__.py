"""Warmline's contracts, client and command line: all that an integrator installs."""

from __future__ import annotations

__version__ = "0.1.0"
