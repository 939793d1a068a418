"""How good and how fast the triage is, on public data. Each module is one command; JSON comes out."""

from __future__ import annotations

import services.router  # noqa: F401 - says how many threads numpy uses, before it is imported
