"""What a call is booked at that its endpoint has not counted."""

from __future__ import annotations

from services.language_model.usage import TOKENS_MAX, Usage, at_most, uncounted


def test_a_request_whose_answer_nobody_saw_counts_two_bytes_a_token_and_the_longest_answer() -> (
    None
):
    assert at_most(["1234", "1"]) == Usage(3, TOKENS_MAX, estimated=True)
    assert at_most(["ä€"]) == Usage(3, TOKENS_MAX, estimated=True)
    assert at_most(["1234"], 2) == Usage(4, 2 * TOKENS_MAX, estimated=True)


def test_no_request_costs_nothing() -> None:
    assert at_most(["1234"], 0) == Usage()


def test_an_answer_without_a_count_is_no_longer_than_the_endpoint_was_told() -> None:
    assert uncounted(["1234"], "123456") == Usage(2, 3, estimated=True)
    assert uncounted(["1234"], "x" * 10_000) == Usage(2, TOKENS_MAX, estimated=True)


def test_what_was_counted_and_what_was_not_make_an_estimate_together() -> None:
    assert Usage(1, 2).plus(Usage(3, 4)) == Usage(4, 6)
    assert Usage(1, 2).plus(at_most(["12"])) == Usage(2, 2 + TOKENS_MAX, estimated=True)
