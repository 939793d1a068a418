"""What the router shows of its model. Labels are topics and languages of the desk, never a customer's."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from services.router.triage.drift import CONFIDENCE_EDGES, UNKNOWN_WORDS_EDGES

MODEL = Gauge(
    "warmline_model_in_use",
    "1 for the model in use, 0 for earlier ones.",
    ["role", "model", "certificate"],
)
SWITCHES = Counter(
    "warmline_model_switches_total",
    "New models found, and what became of them.",
    ["role", "result"],
)
TOPICS = Counter(
    "warmline_triage_inquiries_total", "Inquiries read, by topic.", ["topic", "language"]
)
CONFIDENCE = Histogram(
    "warmline_triage_confidence",
    "How sure the model was of the topic.",
    ["language"],
    buckets=CONFIDENCE_EDGES,
)
UNKNOWN_WORDS = Histogram(
    "warmline_triage_unknown_words",
    "Share of an inquiry's words that the model never saw.",
    ["language"],
    buckets=UNKNOWN_WORDS_EDGES,
)
DRIFT = Gauge(
    "warmline_drift_distance",
    "Population stability index of the last window against the calibration window.",
    ["measure", "language"],
)
DRIFTED = Gauge(
    "warmline_drift_topics",
    "Topics whose last window has drifted; `*` counts the language as a whole.",
    ["scope", "language"],
)
SHADOW = Counter(
    "warmline_shadow_total",
    "What the shadow model would have decided: same, other_topic, bot_instead, people_instead; "
    "or not_compared, for want of time.",
    ["result"],
)
