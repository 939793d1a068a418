"""Triage: what a customer's text is about, and how far that judgement can be trusted."""

from __future__ import annotations

from services.router.triage.model import Neighbour, TopicModel
from services.router.triage.triager import Explanation, Triage, Triager, Weight

__all__ = ["Explanation", "Neighbour", "TopicModel", "Triage", "Triager", "Weight"]
