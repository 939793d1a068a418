"""Risk: matters that only people may handle, however sure a model is of the topic.

A model (`text_model.py`) says how risky a text sounds, with the phrases of the word lists as evidence,
since people tell of misfortune in words that no list foresees; what the likeliest tier's own model says
counts as well (`risk_tiers.py`). The lists say which tiers a risky text touches, and why; where they see
none, the models name the likeliest.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from services.router.triage.risk_tiers import TIERS, TierModel, shipped_tiers
from services.router.triage.text_model import TextModel, evidence, shipped
from services.router.triage.wording import Wording, read
from services.router.triage.wordlists import matches
from warmline.events.decision import RiskTier

CERTAIN: RiskTier = "threat_or_self_harm"
"""Where a life may be in danger, a phrase of the lists is enough, whatever the models make of it."""

DOUBTFUL = -2.0
"""Log-odds of a risk below which no tier's own model is asked."""


@dataclass(frozen=True)
class Risk:
    """`tier` is the most urgent of `tiers`; `reasons` are phrases of the word lists, or that a text
    reads like the tier."""

    tier: RiskTier | None
    tiers: tuple[RiskTier, ...] = ()
    reasons: tuple[str, ...] = ()


NO_RISK = Risk(None)


class RiskModels(NamedTuple):
    """One for all risks together, whose threshold is that of the sum, and those of the tiers."""

    risky: TextModel
    tiers: TierModel

    def log_odds(self, wording: Wording) -> tuple[float, RiskTier]:
        """That a text is risky, and the likeliest tier, which means nothing where a risk is unlikely."""
        told = evidence(wording, TIERS)
        odds = self.risky.log_odds(wording, told)
        if odds < DOUBTFUL:
            return -math.inf, TIERS[-1]
        likely = self.tiers.log_odds(self.risky.likeliest_sentence(wording), told)
        most = max(likely)
        return odds + most, TIERS[likely.index(most)]


@cache
def shipped_models() -> RiskModels:
    return RiskModels(shipped("risk"), shipped_tiers())


def risk(text: str | Wording, models: RiskModels | None = None) -> Risk:
    """In English and German, whatever the language of the text is thought to be. `models`: those
    shipped, unless others are tried."""
    wording = read(text) if isinstance(text, str) else text
    models = models or shipped_models()
    found = matches(wording)
    odds, likely = models.log_odds(wording)
    if odds < models.risky.threshold and CERTAIN not in found:
        return NO_RISK
    tiers = tuple(tier for tier in TIERS if tier in found)
    if not tiers:
        return Risk(likely, (likely,), (f"{likely}: reads like it",))
    reasons = tuple(f"{tier}: {phrase}" for tier in tiers for phrase in found[tier])
    return Risk(tiers[0], tiers, reasons)
