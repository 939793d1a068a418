"""Ids of new inquiries."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from warmline.client import Client, Delivery, new_inquiry
from warmline.errors import ConfigurationError


def test_ids_that_are_not_given_are_made_up() -> None:
    first, second = new_inquiry("hello"), new_inquiry("hello")
    assert first.inquiry_id != second.inquiry_id
    assert first.conversation_id == first.inquiry_id
    assert first.customer_id != second.customer_id


def test_given_fields_are_kept() -> None:
    inquiry = new_inquiry("hello", inquiry_id="i", conversation_id="c", locale="de")
    assert (inquiry.inquiry_id, inquiry.conversation_id, inquiry.locale) == ("i", "c", "de")


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(ValidationError, match="at least one visible character"):
        new_inquiry(" ")


def test_a_delivery_shows_no_text_in_logs() -> None:
    delivery = Delivery(new_inquiry("my card was stolen"), "e", "inquiries", 0, 1)
    assert "stolen" not in repr(delivery)


@pytest.mark.parametrize(
    ("topic", "said"), [("inquirys", "one of inquiries"), ("dead-letters", "raw records")]
)
def test_only_topics_with_events_are_consumed(topic: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Client("127.0.0.1:1").consume(topic)
