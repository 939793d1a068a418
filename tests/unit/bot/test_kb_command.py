from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from services.bot.kb_command import app
from services.knowledge.base import load_knowledge
from warmline.errors import ConfigurationError

COMPANY = Path("examples/paylater")
RUN = CliRunner()


@pytest.fixture
def company(tmp_path: Path) -> Path:
    return Path(shutil.copytree(COMPANY, tmp_path / "company"))


def test_the_sample_company_has_no_fault_and_no_gap() -> None:
    result = RUN.invoke(app, ["check", "--day", "2026-11-22"])
    assert result.exit_code == 0
    assert result.output.strip().endswith("articles, 0 faults")
    assert len(result.output.splitlines()) == 1


def test_faults_expiry_and_missing_translations_are_named(company: Path) -> None:
    knowledge = company / "knowledge"
    (knowledge / "account_login.de.md").unlink()
    broken = knowledge / "how_to_pay.en.md"
    broken.write_text(broken.read_text().replace("title:", "titel:"))
    result = RUN.invoke(app, ["check", "--company", str(company), "--day", "2031-01-01"])
    assert result.exit_code == 1
    assert "how_to_pay.en.md:1: title: missing" in result.output.replace("\n", "")
    assert "account_login: not written in de" in result.output
    assert "expired after 2027-12-31" in result.output


def test_a_language_without_any_article_and_a_topic_that_nobody_knows_are_named(
    company: Path,
) -> None:
    knowledge = company / "knowledge"
    for german in knowledge.glob("*.de.md"):
        german.unlink()
    lost = (knowledge / "invoice_copy.en.md").rename(knowledge / "invoice_cpoy.en.md")
    lost.write_text(lost.read_text().replace("invoice_copy", "invoice_cpoy"))
    result = RUN.invoke(app, ["check", "--company", str(company)])
    said = result.output.replace("\n", "")
    assert result.exit_code == 0
    assert "account_login: not written in de" in said
    assert "invoice_cpoy.en.md: no topic 'invoice_cpoy' in topics.yaml; it is never used" in said
    assert said.count("no topic") == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            "texts.yaml",
            'helped_question: "Did',
            'helpd: "Did',
            "texts.yaml:4: texts.en.helped_question",
        ),
        ("intake.yaml", "[order_number, amount]}", "[order, amount]}", "no field 'order'"),
        ("intake.yaml", "kind: iban", "kind: ibn", "fields.iban.kind"),
    ],
)
def test_a_fault_in_what_the_bot_says_or_asks_is_one_of_the_company(
    company: Path, file: str, old: str, new: str, said: str
) -> None:
    path = company / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    result = RUN.invoke(app, ["check", "--company", str(company), "--day", "2026-11-22"])
    assert said in result.output.replace("\n", "")
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  late_fee: {required", "  late_fe: {required", "forms.late_fe: no topic 'late_fe'"),
        ("  late_fee: {required", "  late_fe: {required", "late_fee: intake is true, but"),
        (
            "credit_report_entry: 28",
            "credit_entry: 28",
            "topic_deadlines_days.credit_entry: no topic",
        ),
    ],
)
def test_what_of_the_forms_is_never_used_is_told_and_no_fault(
    company: Path, old: str, new: str, said: str
) -> None:
    path = company / "intake.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    result = RUN.invoke(app, ["check", "--company", str(company), "--day", "2026-11-22"])
    assert said in result.output.replace("\n", "")
    assert result.exit_code == 0


def test_a_company_without_forms_or_with_fewer_languages_is_told(company: Path) -> None:
    (company / "intake.yaml").unlink()
    assert RUN.invoke(app, ["check", "--company", str(company)]).exit_code == 0
    (company / "texts.yaml").unlink()
    result = RUN.invoke(app, ["check", "--company", str(company)])
    assert "texts.yaml: cannot be read" in result.output.replace("\n", "")
    assert result.exit_code == 1


def test_today_is_the_companys(company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between these two it is never the same day."""
    zones = ("Pacific/Kiritimati", "Etc/GMT+12")
    days = {zone: datetime.now(ZoneInfo(zone)).date() for zone in zones}
    article = company / "knowledge" / "account_login.en.md"
    until = days["Etc/GMT+12"].isoformat()
    article.write_text(article.read_text().replace("2027-12-31", until))
    said = {}
    for zone in days:
        monkeypatch.setenv("WARMLINE_TIME_ZONE", zone)
        said[zone] = RUN.invoke(app, ["check", "--company", str(company)]).output
    assert f"expired after {until}" in said["Pacific/Kiritimati"].replace("\n", "")
    assert "expired" not in said["Etc/GMT+12"]
    monkeypatch.setenv("WARMLINE_TIME_ZONE", "Berlin")
    refused = RUN.invoke(app, ["check", "--company", str(company)]).exception
    assert isinstance(refused, ConfigurationError)
    assert "WARMLINE_TIME_ZONE: " in str(refused)
    assert "no time zone 'Berlin'" in str(refused)
    monkeypatch.setenv("WARMLINE_TIME_ZONE", "")
    assert RUN.invoke(app, ["check", "--company", str(company)]).exit_code == 0, "not set: UTC"


def test_every_article_is_previewed_in_both_languages() -> None:
    for article in load_knowledge(COMPANY / "knowledge").articles:
        if article.about.when or article.about.slots:
            continue
        topic, language = article.about.topic, article.about.language
        arguments = ["preview", topic, "--language", language, "--day", "2026-11-22"]
        if not article.about.default and article.about.questions:
            asked = f"{article.about.title} {article.about.questions[0]}"
            arguments += ["--question", asked]
        result = RUN.invoke(app, arguments)
        assert result.exit_code == 0, topic
        assert article.body in result.output


def test_a_slot_is_previewed_with_a_value_of_your_own() -> None:
    arguments = ["preview", "payment_due_date", "--day", "2026-11-22", "--set"]
    with_date = RUN.invoke(app, [*arguments, "due_date=2026-12-24"])
    assert "24 December 2026" in with_date.output
    without = RUN.invoke(app, arguments[:-1])
    assert without.exit_code == 0
    assert "24 December" not in without.output
    assert RUN.invoke(app, [*arguments, "due_date"]).exit_code == 2


def test_without_an_article_the_preview_says_who_answers() -> None:
    result = RUN.invoke(app, ["preview", "late_fee"])
    assert result.exit_code == 1
    assert "people answer" in result.output


def test_a_search_lists_topics_and_files() -> None:
    result = RUN.invoke(app, ["search", "where is my refund", "--day", "2026-11-22"])
    assert "refund_status.en.md" in result.output


def test_a_preview_names_the_look_up_that_may_know_more() -> None:
    result = RUN.invoke(app, ["preview", "refund_status"])
    assert "# look-up order (127.0.0.1) may know: order due_date" in result.output
    assert "look-up" not in RUN.invoke(app, ["preview", "app_problem"]).output


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["refund_statu"], "article on the topic; did you mean refund_status?"),
        (["refund_status", "--language", "fr"], "not written in fr, only in de, en"),
        (["refund_status", "--day", "2030-01-01"], "expired after 2027-12-31"),
    ],
)
def test_a_preview_without_an_article_says_what_is_missing(arguments: list[str], why: str) -> None:
    result = RUN.invoke(app, ["preview", *arguments])
    assert result.exit_code == 1
    assert why in result.output.replace("\n", "")


def test_what_is_given_and_changes_nothing_is_told() -> None:
    values = ["due_date=soon", "open_amount=49,90€", "colour=red"]
    sets = [word for value in values for word in ("--set", value)]
    result = RUN.invoke(app, ["preview", "payment_due_date", *sets])
    assert result.exit_code == 0
    said = result.output.replace("\n", " ")
    assert "due_date=soon, a date is written 2026-12-24" in said
    assert 'open_amount=49,90€, an amount is written "49.90 EUR"' in said
    assert "colour, no article on payment_due_date asks for it" in said
    good = RUN.invoke(app, ["preview", "payment_due_date", "--set", "due_date=2026-12-24"])
    assert "not used" not in good.output


def test_a_language_may_be_written_in_capitals() -> None:
    result = RUN.invoke(app, ["preview", "refund_status", "--language", "DE"])
    assert "refund_status.de.md" in result.output


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["😀"], "no article in en"),
        ([""], "none has a telling word"),
        (["refund", "--language", "fr"], "only de, en"),
        (["refund", "--day", "2030-01-01"], "on 2030-01-01 fits"),
    ],
)
def test_a_search_that_finds_nothing_says_so(arguments: list[str], why: str) -> None:
    result = RUN.invoke(app, ["search", *arguments])
    assert result.exit_code == 0
    assert why in result.output
