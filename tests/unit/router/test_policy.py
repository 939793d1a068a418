"""The desk's topics file: read whole, or refused with file and place."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.router.policy import load_policy
from warmline.errors import ConfigurationError

SAMPLE = Path(__file__).parents[3] / "examples/paylater/topics.yaml"


def test_the_sample_company_has_a_valid_policy() -> None:
    policy, version = load_policy(SAMPLE)
    assert len(policy.topics) >= 24
    assert len(version) == 12
    assert {topic.bot for topic in policy.topics} == {"licensed", "draft", "human_only"}


def test_the_version_follows_the_content(tmp_path: Path) -> None:
    changed = tmp_path / "topics.yaml"
    changed.write_text(SAMPLE.read_text() + "\n# changed\n")
    assert load_policy(changed)[1] != load_policy(SAMPLE)[1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("topics: [", "not YAML"),
        ("version: 1\ntopics: []\n", "topics"),
        ("version: 1\ntopics: [{id: a}]\n", "topics.0.group"),
        ("version: 1\nthreshold: 2\ntopics: []\n", "threshold"),
        ("version: 1\nthresold: 0.5\ntopics: []\n", "thresold"),
    ],
)
def test_a_fault_names_the_file_and_the_place(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "topics.yaml"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=said) as caught:
        load_policy(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_policy(tmp_path / "none.yaml")
