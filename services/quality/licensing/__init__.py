"""Evidence in, licences out: pure, without a clock. `after` in `rules` is the way in."""

from __future__ import annotations

from services.quality.licensing.rules import after, licence_of
from services.quality.licensing.standing import Cell, Standing, dump, load
from services.quality.licensing.terms import Terms

__all__ = ["Cell", "Standing", "Terms", "after", "dump", "licence_of", "load"]
