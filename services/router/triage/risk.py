"""Risk: matters that only people may handle, however sure a model is of the topic.

A model (`risk_model.py`) says whether a text is risky, with the phrases of the word lists as evidence, since
people tell of misfortune in words that no list foresees. The lists say which tiers it touches, and why; where
they see none, the model names the likeliest.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.router.triage.risk_model import is_risky, likely_tier
from services.router.triage.wording import Wording, read
from services.router.triage.wordlists import matches
from warmline.events.decision import RiskTier

TIERS: tuple[RiskTier, ...] = (
    "threat_or_self_harm",
    "bereavement",
    "vulnerable",
    "fraud",
    "legal_right",
    "data_protection",
    "hardship",
    "dispute",
    "complaint",
)
"""Most urgent first: the tier of a text that touches several."""


CERTAIN: RiskTier = "threat_or_self_harm"
"""Where a life may be in danger, a phrase of the lists is enough, whatever the model makes of it."""


@dataclass(frozen=True)
class Risk:
    """`tier` is the most urgent of `tiers`; `reasons` are phrases of the word lists, or that a text
    reads like the tier."""

    tier: RiskTier | None
    tiers: tuple[RiskTier, ...] = ()
    reasons: tuple[str, ...] = ()


NO_RISK = Risk(None)


def risk(text: str | Wording) -> Risk:
    """In English and German, whatever the language of the text is thought to be."""
    wording = read(text) if isinstance(text, str) else text
    found = matches(wording)
    tiers = tuple(tier for tier in TIERS if tier in found)
    if not (CERTAIN in tiers or is_risky(wording)):
        return NO_RISK
    if not tiers:
        tier = likely_tier(wording)
        return Risk(tier, (tier,), (f"{tier}: reads like it",))
    reasons = tuple(f"{tier}: {phrase}" for tier in tiers for phrase in found[tier])
    return Risk(tiers[0], tiers, reasons)
