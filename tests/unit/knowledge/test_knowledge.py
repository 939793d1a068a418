from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from services.knowledge.articles import BODY_MAX_BYTES, FILE_MAX_BYTES
from services.knowledge.base import check_knowledge, load_knowledge, sound_knowledge
from warmline.errors import ConfigurationError

EXAMPLE = Path(__file__).parents[3] / "examples" / "paylater" / "knowledge"

GOOD = """\
---
id: late_fee
topic: late_fee
language: en
title: What does being late cost?
facts_needed: [order_number]
risk_tier: money
valid_from: 2026-01-01
valid_until: 2026-12-31
owner: payments team
source: Price list 2026
---
Being late costs nothing for seven days.
"""


def write(folder: Path, text: str = GOOD, name: str = "late_fee.en.md") -> None:
    (folder / name).write_text(text, encoding="utf-8")


def faults_of(folder: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_knowledge(folder)
    return str(caught.value).splitlines()[1:]


def test_an_article_is_read_whole(tmp_path: Path) -> None:
    write(tmp_path)
    found = load_knowledge(tmp_path).find("late_fee", "en", date(2026, 6, 1))
    assert found is not None
    assert found.body == "Being late costs nothing for seven days."
    assert found.about.facts_needed == ["order_number"]
    assert found.about.valid_until == date(2026, 12, 31)


def test_line_ends_of_another_system_and_a_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "late_fee.en.md").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_knowledge(tmp_path).articles[0].about.owner == "payments team"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("source:", "market: EU\nsource:", 11, "market: unknown key (known: id, "),
        ("owner: payments team\n", "", 1, "owner: missing"),
        ("language: en", "language: no", 4, "language: Input should be a valid string"),
        ("title: What", "title: What: ", 5, "front matter is not YAML"),
        ("valid_from: 2026-01-01", "valid_from: soon", 8, "valid_from: "),
        ("valid_from: 2026-01-01", "valid_from: 2026-02-31", 2, "day"),
        ("valid_from: 2026-01-01", "valid_from: 2027-01-01", 9, "is before valid_from 2027-01-01"),
        ("risk_tier: money", "risk_tier: high", 7, "risk_tier: "),
        ("id: late_fee", "id: late fee", 2, "id: "),
        ("facts_needed: [order_number]", "facts_needed: [1]", 6, "facts_needed: "),
        ("id: late_fee", "id: late_fee\nid: other", 3, "id: given twice"),
        ("Being late costs nothing for seven days.\n", "\n", 12, "the body is missing"),
        ("Being late", "Being \x00late", 12, "control characters"),
        ("---\nid", "id", 1, "the first line must be ---"),
        ("2026\n---\n", "2026\n", 13, "the front matter does not end"),
    ],
)
def test_a_fault_names_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, says: str
) -> None:
    assert old in GOOD
    write(tmp_path, GOOD.replace(old, new, 1))
    (fault,) = faults_of(tmp_path)
    assert fault.startswith(f"{tmp_path / 'late_fee.en.md'}:{line}: ")
    assert says in fault


def test_front_matter_that_is_no_mapping_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path, "---\n- a\n- b\n---\nText\n")
    assert "lines of `key: value`" in faults_of(tmp_path)[0]


def test_a_file_that_is_not_utf8_is_a_fault_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "late_fee.en.md").write_bytes(GOOD.encode() + b"Geb\xfchr\n")
    (fault,) = faults_of(tmp_path)
    assert ":14: not UTF-8" in fault


def test_sizes_have_limits(tmp_path: Path) -> None:
    write(tmp_path, GOOD + "x" * BODY_MAX_BYTES)
    write(tmp_path, GOOD + "x" * FILE_MAX_BYTES, "other.en.md")
    body, file = faults_of(tmp_path)
    assert "split the article" in body
    assert f"the limit is {FILE_MAX_BYTES}" in file


def test_an_id_stands_once_in_each_language(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, GOOD.replace("topic: late_fee", "topic: fees"), "fees.en.md")
    (fault,) = faults_of(tmp_path)
    assert "'late_fee' in 'en' is also in fees.en.md" in fault


def test_two_articles_for_one_question_on_one_day_are_a_fault(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, GOOD.replace("id: late_fee", "id: late_fee_2"), "late_fee.new.en.md")
    (fault,) = faults_of(tmp_path)
    assert "valid on the same days in late_fee.en.md" in fault


def test_an_article_may_follow_another_in_time(tmp_path: Path) -> None:
    write(tmp_path)
    later = GOOD.replace("id: late_fee", "id: late_fee_2027").replace("2026-01", "2027-01")
    write(tmp_path, later.replace("2026-12", "2027-12"), "late_fee.2027.en.md")
    knowledge = load_knowledge(tmp_path)
    for day, expected in ((date(2026, 12, 31), "late_fee"), (date(2027, 1, 1), "late_fee_2027")):
        found = knowledge.find("late_fee", "en", day)
        assert found is not None
        assert found.about.id == expected


def test_a_file_named_otherwise_than_its_article_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path, name="late_fees.de.md")
    topic, language = faults_of(tmp_path)
    assert "topic: 'late_fee', but the file's name says 'late_fees'" in topic
    assert "language: 'en', but the file's name says 'de'" in language


def test_every_fault_of_every_file_is_reported_at_once(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("owner:", "ownr:").replace("id: late_fee", "id: ''"))
    write(tmp_path, "nothing", "other.en.md")
    assert len(faults_of(tmp_path)) == 4  # unknown key, missing key, bad id, no front matter


@pytest.mark.parametrize("folder", ["empty", "missing"])
def test_no_articles_is_a_fault(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    assert len(faults_of(tmp_path / folder)) == 1


def test_missing_translations_and_expired_articles_are_named(tmp_path: Path) -> None:
    write(tmp_path)
    other = GOOD.replace("late_fee", "how_to_pay").replace("language: en", "language: de")
    write(tmp_path, other.replace("valid_until: 2026-12-31\n", ""), "how_to_pay.de.md")
    knowledge = load_knowledge(tmp_path)
    assert knowledge.missing_translations() == [("how_to_pay", "en"), ("late_fee", "de")]
    ((article, why),) = knowledge.unusable(date(2027, 1, 1))
    assert article.about.id == "late_fee"
    assert why == "expired after 2026-12-31"


def test_the_sample_companys_articles_are_complete_in_both_languages() -> None:
    knowledge = load_knowledge(EXAMPLE)
    assert knowledge.missing_translations() == []
    assert knowledge.languages == {"en", "de"}


def test_what_cannot_be_read_at_all_is_a_fault_like_any_other(tmp_path: Path) -> None:
    good = Path("examples/paylater/knowledge/app_problem.en.md")
    (tmp_path / good.name).write_bytes(good.read_bytes())
    (tmp_path / "folder.en.md").mkdir()
    (tmp_path / "lost.en.md").symlink_to(tmp_path / "nowhere")
    (tmp_path / "deep.en.md").write_text("---\nid: " + "[" * 20_000 + "\n---\nText")
    articles, faults = check_knowledge(tmp_path)
    assert [article.file.name for article in articles] == [good.name]
    assert {fault.file.name for fault in faults} == {"folder.en.md", "lost.en.md", "deep.en.md"}


def test_a_topic_with_a_faulty_file_is_left_to_people_in_that_language(tmp_path: Path) -> None:
    for file in EXAMPLE.glob("*.md"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    paid = tmp_path / "refund_status.paid.en.md"
    paid.write_text(paid.read_text().replace("language: en\n", "language: xx-wrong\n"))
    knowledge, faults = sound_knowledge(tmp_path)
    assert [fault.file.name for fault in faults] == [paid.name]
    left = {(one.about.topic, one.about.language) for one in knowledge.articles}
    assert ("refund_status", "en") not in left  # the general one may be wrong for who was paid
    assert ("refund_status", "de") in left
    assert ("how_to_pay", "en") in left
    assert sound_knowledge(tmp_path / "nowhere")[0].articles == ()
