"""The company's files say which topics may have a licence, and on what terms."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.quality.company import load_terms
from warmline.errors import ConfigurationError

SAMPLE = Path(__file__).parents[3] / "examples/paylater"
TOPICS = """
version: 1
threshold: 0.8
languages: [en]
topics:
  - {id: a, harm: information, bot: licensed, queue: q}
  - {id: b, harm: account, bot: draft}
  - {id: c, harm: information, bot: human_only}
"""


def company(folder: Path, topics: str = TOPICS, terms: str | None = None) -> Path:
    (folder / "topics.yaml").write_text(topics)
    if terms is not None:
        (folder / "licences.yaml").write_text(terms)
    return folder


def test_topics_of_the_risk_tier_and_those_kept_with_people_are_left_out() -> None:
    terms = load_terms(SAMPLE)
    assert "refund_status" in terms.harms
    assert not {"fraud_unknown_purchase", "late_fee"} & terms.harms.keys()
    assert terms.target("refund_status") < terms.target("account_login")


def test_the_thresholds_begin_with_the_desks_own(tmp_path: Path) -> None:
    terms = load_terms(company(tmp_path))
    assert terms.thresholds == (0.8, 0.9, 0.95)
    assert terms.harms == {"a": "information", "b": "account"}


def test_own_terms_replace_the_usual_ones(tmp_path: Path) -> None:
    terms = load_terms(company(tmp_path, terms="margin: 0.02\nlicence_error: 0.01\n"))
    assert (terms.margin, terms.licence_error) == (0.02, 0.01)


@pytest.mark.parametrize(
    ("topics", "terms", "said"),
    [
        ("- a", None, "topics.yaml:1: file: "),
        ("topics: [{id: a}]", None, r"topics.yaml:1: topics.0.harm"),
        ("topics: [", None, "topics.yaml:1: not YAML"),
        (TOPICS, "margins: 0.1", "licences.yaml:1: margins: Extra inputs"),
        (TOPICS, "targets: {information: 1.2, account: 0.98}", "needs a target between"),
    ],
)
def test_a_fault_is_told_with_file_and_place(
    tmp_path: Path, topics: str, terms: str | None, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        load_terms(company(tmp_path, topics, terms))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"topics.yaml: cannot be read"):
        load_terms(tmp_path)
