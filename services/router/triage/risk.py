"""Risk: matters that only people may handle, however sure a model is of the topic.

Word lists say which tiers a text touches, and why; where they see none, a model of whole sentences
(`risk_model.py`) is asked, since people tell of misfortune in words that no list foresees.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.router.triage.risk_model import likely_tier
from services.router.triage.wording import Wording, read
from services.router.triage.wordlists import matches, mended
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
    if not tiers:
        return _by_model(wording)
    reasons = tuple(f"{tier}: {phrase}" for tier in tiers for phrase in found[tier])
    return Risk(tiers[0], tiers, reasons)


def _by_model(wording: Wording) -> Risk:
    likely = likely_tier(mended(wording))
    if likely is None:
        return NO_RISK
    tier, chance = likely
    return Risk(tier, (tier,), (f"{tier}: reads like it ({chance:.2f})",))
