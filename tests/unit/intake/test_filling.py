from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.facts.found import conventions_of
from services.intake.filling import (
    MENTIONED_MAX,
    Intake,
    begin,
    confirmation,
    facts_said,
    next_question,
    read_answer,
)
from services.intake.forms import QUESTIONS_MAX, load_forms

COMPANY = Path("examples/paylater")
FORMS = load_forms(COMPANY / "intake.yaml")
EN = conventions_of("en", today=date(2026, 11, 22))
DE = conventions_of("de", today=date(2026, 11, 22))


def start(topic: str, *texts: str, **attributes: str | float | bool) -> Intake:
    intake = begin(FORMS, topic, attributes, texts, EN)
    assert intake is not None
    return intake


def known(intake: Intake) -> dict[str, tuple[str, str]]:
    return {fact.name: (fact.value, fact.source) for fact in intake.facts}


def asked(intake: Intake, language: str = "en") -> Intake:
    question = next_question(FORMS, intake, language)
    assert question is not None
    return question.intake


def test_what_was_written_already_is_not_asked_again() -> None:
    intake = start("payment_not_booked", "I paid €129.95 for order pl 44812 on 2 November.")
    assert known(intake) == {
        "order_number": ("PL-44812", "customer_said"),
        "payment_date": ("--11-02", "customer_said"),
        "amount": ("129.95 EUR", "customer_said"),
    }
    assert next_question(FORMS, intake, "en") is None


def test_a_system_counts_more_than_the_customer_whose_word_is_kept() -> None:
    intake = start("refund_status", "order PL-20431?", order_number="PL-99999", paid=True)
    assert known(intake) == {"order_number": ("PL-99999", "system_verified")}
    assert [(fact.name, fact.value) for fact in intake.mentioned] == [("order_number", "PL-20431")]


def test_an_empty_attribute_is_not_known() -> None:
    assert asked(start("refund_status", order_number=" ")).asked == "order_number"


def test_of_two_dates_none_is_taken_on_trust() -> None:
    intake = start("payment_not_booked", "ordered on 1 May, paid on 3 May")
    assert "payment_date" not in known(intake)
    assert [fact.value for fact in intake.mentioned] == ["--05-01", "--05-03"]


def test_words_nearby_tell_two_values_of_a_kind_apart() -> None:
    intake = start("extend_due_date", "shift order PL-51200 from 15.6. to 30.6. please")
    assert known(intake)["wished_date"] == ("--06-30", "customer_said")
    intake = start("refund_amount_wrong", "I only received 98.00 € instead of 118.00 €")
    assert known(intake) == {
        "refund_expected": ("118.00 EUR", "customer_said"),
        "refund_received": ("98.00 EUR", "customer_said"),
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("118 euros, but I only got 98 euros", "118.00 EUR"),
        ("I got 98 euros, it should have been 118 euros", "118.00 EUR"),
        ("118 euros, credited was 98 euros", "118.00 EUR"),
        ("118 euros or 120 euros, I only got 98 euros", None),
        ("98 euros or 118 euros", None),
    ],
)
def test_an_answer_may_name_the_value_of_another_field_beside_its_own(
    text: str, expected: str | None
) -> None:
    question = asked(start("refund_amount_wrong", order_number="PL-20431"))
    assert question.asked == "refund_expected"
    found = known(read_answer(FORMS, question, text, EN))
    assert found.get("refund_expected", (None,))[0] == expected
    if expected is not None:
        assert found["refund_received"] == ("98.00 EUR", "customer_said")


def test_the_same_day_with_and_without_its_year_is_one_day() -> None:
    intake = start("payment_not_booked", "paid on 3 May", "as I said, on 3 May 2026")
    assert known(intake)["payment_date"] == ("2026-05-03", "customer_said")
    intake = start("late_fee", "the fee of 15.00 and a fee of 115.00")
    assert "amount" not in known(intake)


def test_the_newest_message_says_what_the_matter_is_about() -> None:
    """The others may have been on what the bot has answered before."""
    parcel, unbooked = "Where is PL-11111?", "I paid PL-22222 on 3 May, but it is open"
    intake = start("payment_not_booked", parcel, unbooked)
    assert known(intake) == {
        "order_number": ("PL-22222", "customer_said"),
        "payment_date": ("--05-03", "customer_said"),
    }
    assert [fact.value for fact in intake.mentioned] == ["PL-11111"]
    intake = start("payment_not_booked", parcel, "I paid on 3 May, but it is open")
    assert known(intake)["order_number"] == ("PL-11111", "customer_said")


@pytest.mark.parametrize(
    "text",
    [
        "I don’t know, sorry",
        "skip please",
        "Skip this!",
        "I’d rather not.",
        "Ich weiß es nicht",
        "weiss ich leider nicht",
        "Keine Ahnung, sorry",
    ],
)
def test_skipping_as_people_write_it_is_no_value(text: str) -> None:
    skipped = read_answer(FORMS, asked(start("app_problem", "broken")), text, EN)
    assert known(skipped) == {}
    assert skipped.skipped == ("device",)


@pytest.mark.parametrize("text", ["not sure, an iPhone", "No name phone", "Nokia, please"])
def test_an_answer_with_such_a_word_in_it_is_an_answer(text: str) -> None:
    answered = read_answer(FORMS, asked(start("app_problem", "broken")), text, EN)
    assert known(answered) == {"device": (text, "customer_said")}


def test_what_turns_writing_around_is_not_kept() -> None:
    intake = asked(start("app_problem", "broken"))
    answered = read_answer(FORMS, intake, "iPhone \u202e51\u2066", EN)
    assert known(answered) == {"device": ("iPhone 51", "customer_said")}


@pytest.mark.parametrize(("language", "person"), [("en", "person"), ("de", "Mensch")])
def test_every_question_can_be_skipped_and_leads_to_a_person(language: str, person: str) -> None:
    for topic in FORMS.forms:
        intake, questions = start(topic), 0
        while (question := next_question(FORMS, intake, language)) is not None:
            phrases = FORMS.texts[language]
            assert phrases.skip_hint in question.text
            assert person in question.text
            questions += 1
            intake = read_answer(FORMS, question.intake, phrases.skip_words[0], EN)
            assert intake.skipped[-1] == question.intake.asked
        assert questions <= QUESTIONS_MAX


def test_a_wrong_answer_is_asked_once_more_and_then_let_be() -> None:
    first = next_question(FORMS, start("refund_status"), "en")
    assert first is not None
    again = next_question(FORMS, read_answer(FORMS, first.intake, "the blue one", EN), "en")
    assert again is not None
    assert again.text.startswith(FORMS.fields["order_number"].again["en"])
    let_be = read_answer(FORMS, again.intake, "the blue one!", EN)
    assert let_be.skipped == ("order_number",)
    assert next_question(FORMS, let_be, "en") is None
    assert let_be.facts == ()


def test_what_is_taken_for_a_field_is_not_mentioned_as_well() -> None:
    intake = asked(start("late_fee", "PL-11111 is fine, but a fee of 12 € on PL-22222?"))
    assert [fact.value for fact in intake.mentioned] == ["PL-11111", "PL-22222"]
    intake = read_answer(FORMS, intake, "PL-22222", EN)
    assert known(intake)["order_number"] == ("PL-22222", "customer_said")
    assert [fact.value for fact in intake.mentioned] == ["PL-11111"]


@pytest.mark.parametrize(
    "text",
    [
        "order AB-55120",
        "551200",
        "it is 55120 or 55121",
        "call me on 0171 2345678",
        "I paid €10000",
    ],
)
def test_an_order_number_of_another_company_is_no_answer(text: str) -> None:
    intake = read_answer(FORMS, asked(start("refund_status")), text, EN)
    assert "order_number" not in known(intake)
    assert intake.asked == "order_number"


@pytest.mark.parametrize("text", ["66120", "found it, 66120", "Bestellung 66120", "66120."])
def test_digits_are_an_order_number_where_the_bot_asked_for_one(text: str) -> None:
    intake = read_answer(FORMS, asked(start("refund_status")), text, EN)
    assert known(intake) == {"order_number": ("PL-66120", "customer_said")}
    assert intake.mentioned == ()


@pytest.mark.parametrize(
    "text",
    [
        "Wait, wrong order, it is PL-66121. Paid on 3 May",
        "PL-66121, not PL-66120, and paid on 3 May",
        "nicht PL-66120 sondern PL-66121, bezahlt am 3. Mai",
        "Sorry, vertippt: PL-66121. Am 3. Mai",
    ],
)
def test_what_the_customer_takes_back_is_not_noted(text: str) -> None:
    intake = asked(read_answer(FORMS, asked(start("payment_not_booked")), "PL-66120", EN))
    intake = read_answer(FORMS, intake, text, EN)
    assert known(intake) == {
        "order_number": ("PL-66121", "customer_said"),
        "payment_date": ("--05-03", "customer_said"),
    }


@pytest.mark.parametrize(
    "text", ["paid on 3 May, as for PL-77777", "not for PL-77777, on 3 May", "no, PL-66120, 3 May"]
)
def test_another_number_in_passing_takes_nothing_back(text: str) -> None:
    intake = asked(read_answer(FORMS, asked(start("payment_not_booked")), "PL-66120", EN))
    intake = read_answer(FORMS, intake, text, EN)
    assert known(intake)["order_number"] == ("PL-66120", "customer_said")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("It is about PL-66121, not PL-66120", "PL-66121"),
        ("Nicht die Bestellung PL-66120, sondern PL-66121", "PL-66121"),
    ],
)
def test_what_the_customer_denies_is_not_the_matter(text: str, number: str) -> None:
    assert known(start("refund_status", text))["order_number"] == (number, "customer_said")


@pytest.mark.parametrize(
    "text", ["three, no more than 50 euros a month", "drei, im Moment nicht mehr als 50 Euro"]
)
def test_a_no_in_the_middle_takes_nothing_back(text: str) -> None:
    intake = start("installment_plan_change", "A plan for the 600 € of PL-20431, please")
    intake = read_answer(FORMS, asked(intake), text, EN)
    assert known(intake)["amount"] == ("600.00 EUR", "customer_said")


def test_a_system_is_not_corrected_by_the_customer() -> None:
    intake = asked(start("payment_not_booked", order_number="PL-66120"))
    intake = read_answer(FORMS, intake, "no, wrong, PL-66121, on 3 May", EN)
    assert known(intake)["order_number"] == ("PL-66120", "system_verified")


@pytest.mark.parametrize(
    "text",
    ["Why do you ask?", "sorry, what do you mean?", "Warum fragen Sie?", "Wo finde ich das?"],
)
def test_a_question_back_is_no_value_and_the_bot_asks_again(text: str) -> None:
    intake = read_answer(FORMS, asked(start("app_problem", "broken")), text, EN)
    assert known(intake) == {}
    assert asked(intake).tries == 2
    assert known(read_answer(FORMS, intake, "iPhone?", EN)) == {
        "device": ("iPhone?", "customer_said")
    }


def test_an_answer_may_hold_more_than_was_asked_for() -> None:
    intake = asked(start("payment_not_booked"))
    intake = read_answer(FORMS, intake, "PL-20431, paid 49,90 € yesterday", EN)
    assert known(intake) == {
        "order_number": ("PL-20431", "customer_said"),
        "payment_date": ("2026-11-21", "customer_said"),
        "amount": ("49.90 EUR", "customer_said"),
    }
    assert intake.asked is None


def test_the_question_says_what_a_bare_number_is() -> None:
    intake = start("payment_not_booked", order_number="PL-20431")
    intake = read_answer(FORMS, asked(intake), "28.4", DE)
    intake = read_answer(FORMS, asked(intake), "49,90", DE)
    assert known(intake)["payment_date"] == ("--04-28", "customer_said")
    assert known(intake)["amount"] == ("49.90", "customer_said")


def test_free_text_is_kept_on_one_line() -> None:
    intake = read_answer(FORMS, asked(start("app_problem")), " Pixel 9\n\tAndroid 16 ", EN)
    assert known(intake) == {"device": ("Pixel 9 Android 16", "customer_said")}


def test_an_answer_to_nothing_changes_nothing() -> None:
    intake = start("refund_status")
    assert read_answer(FORMS, intake, "PL-20431", EN) == intake


def test_topics_of_people_are_read_but_nobody_is_asked() -> None:
    intake = start("fraud_unknown_purchase", "somebody bought for 412 eur, order PL-15077")
    assert known(intake)["amount"] == ("412.00 EUR", "customer_said")
    assert next_question(FORMS, start("fraud_unknown_purchase"), "en") is None


def test_nothing_is_asked_in_a_language_without_texts() -> None:
    assert next_question(FORMS, start("refund_status"), "fr") is None
    assert confirmation(FORMS, start("refund_status", "PL-20431"), "fr") is None


def test_a_topic_without_a_form_has_no_intake() -> None:
    assert begin(FORMS, "how_it_works", {}, (), EN) is None


def test_the_customer_sees_how_it_was_understood() -> None:
    intake = start(
        "overpaid_credit",
        "paid 1299 € for PL-20431 on 28/04/2026, IBAN de89370400440532013000",
    )
    assert confirmation(FORMS, intake, "en") == (
        "Thank you. This is what I have noted:\n"
        "- Order number: PL-20431\n"
        "- Amount: 1,299.00 EUR\n"
        "- Paid on: 28 April 2026\n"
        "- IBAN: DE89 3704 0044 0532 0130 00\n"
        "\n"
        "If something is wrong, just say so."
    )
    german = confirmation(FORMS, intake, "de")
    assert german is not None
    assert "- Betrag: 1.299,00 EUR\n- Bezahlt am: 28. April 2026\n" in german
    assert confirmation(FORMS, start("refund_status", order_number="PL-1"), "en") is None


def test_the_state_survives_json() -> None:
    intake = asked(start("payment_not_booked", "order PL-20431, see 1 May or 2 May"))
    assert Intake.model_validate_json(intake.model_dump_json()) == intake


@given(
    topic=st.sampled_from(sorted(FORMS.forms)),
    answers=st.lists(st.text(max_size=200) | st.sampled_from(["PL-20431", "28.4.", "5 €"])),
)
@settings(max_examples=200)
def test_whatever_is_answered_the_intake_ends(topic: str, answers: list[str]) -> None:
    intake, said = start(topic), [*answers, *["?"] * QUESTIONS_MAX]
    questions = 0
    while (question := next_question(FORMS, intake, "en")) is not None:
        questions += 1
        intake = read_answer(FORMS, question.intake, said[questions - 1], EN)
    assert questions <= QUESTIONS_MAX
    done = {fact.name for fact in intake.facts} | set(intake.skipped)
    all_done = done >= set(FORMS.forms[topic].required) or not FORMS.forms[topic].ask
    assert all_done or questions == QUESTIONS_MAX


@pytest.mark.parametrize("slips", ["every time", "at the first"])
def test_a_customer_is_asked_three_times_at_most_whatever_they_write(slips: str) -> None:
    intake, messages = start("payment_not_booked"), 0
    while (question := next_question(FORMS, intake, "en")) is not None:
        messages += 1
        said = "hmm?" if slips == "every time" or messages == 1 else "PL-44812 on 2 November"
        intake = read_answer(FORMS, question.intake, said, EN)
    assert messages == QUESTIONS_MAX == 3


def test_of_a_flood_of_facts_the_newest_are_kept() -> None:
    floods = [" ".join(f"PL-{n}" for n in range(k, k + 800)) for k in range(10_000, 30_000, 1_000)]
    intake = start("refund_status", *floods)
    assert known(intake) == {}
    assert len(intake.mentioned) == MENTIONED_MAX
    assert intake.mentioned[-1].value == "PL-29799"
    said = facts_said(FORMS, None, floods, EN)
    assert len(said) == MENTIONED_MAX


def test_the_sample_company_promises_no_fewer_questions_than_may_come() -> None:
    assert QUESTIONS_MAX == 3
    assert "up to three" in FORMS.texts["en"].lead_in
    assert "bis zu drei" in FORMS.texts["de"].lead_in
