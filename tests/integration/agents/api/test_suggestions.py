"""What is suggested to a person who writes."""

from __future__ import annotations

import shutil
from pathlib import Path

from services.runtime.redis import RedisClients
from tests.integration.agents.api.client import COMPANY, Desk, served


async def test_suggestions_come_from_the_article_of_the_topic_and_from_what_is_begun(
    desk: Desk,
) -> None:
    await desk.inquiry("i1", "My neighbour has not seen it either.", confidence=0.9)
    first = (await desk.post("work/i1/suggestions", {})).json()
    assert [one["article_id"] for one in first["suggestions"]] == ["delivery_status"]
    assert first["completion"] is None
    begun = {"text": "Good morning. A refund starts at the shop: it checks"}
    then = (await desk.post("work/i1/suggestions", begun)).json()
    found = [one["article_id"] for one in then["suggestions"]]
    assert found == ["delivery_status", "refund_status"]
    assert then["suggestions"][1]["title"] == "Where is my refund?"
    assert 0.45 <= then["suggestions"][1]["score"] <= 1
    assert then["completion"] == " your return or cancellation and then reports it to us."


async def test_suggestions_are_in_the_conversations_language_or_there_are_none(desk: Desk) -> None:
    await desk.inquiry("i1", "Wo ist mein Paket?", confidence=0.9, language="de")
    (german,) = (await desk.post("work/i1/suggestions", {})).json()["suggestions"]
    assert (german["article_id"], german["title"]) == (
        "delivery_status",
        "Wo ist meine Bestellung?",
    )
    await desk.inquiry("i2", "My neighbour has not seen it either.", confidence=0.1)
    assert (await desk.post("work/i2/suggestions", {})).json()["suggestions"] == []
    await desk.inquiry("i3", "Où est mon colis?", confidence=0.9, language="fr")
    assert (await desk.post("work/i3/suggestions", {})).json()["suggestions"] == []


async def test_the_comparison_group_gets_no_suggestion(desk: Desk) -> None:
    await desk.inquiry("i1", confidence=0.9, reason="holdout")
    assert (await desk.post("work/i1/suggestions", {})).json()["suggestions"] == []


async def test_what_is_sent_for_suggestions_has_a_limit(desk: Desk) -> None:
    await desk.inquiry("i1")
    too_long = await desk.post("work/i1/suggestions", {"text": "x" * 8001})
    assert too_long.status_code == 422
    assert (await desk.post("work/nowhere/suggestions", {})).status_code == 404


async def test_a_broken_knowledge_base_costs_only_the_suggestions(
    redis_url: str, redis: RedisClients, unique_name: str, tmp_path: Path
) -> None:
    company = tmp_path / "company"
    shutil.copytree(COMPANY, company)
    (company / "knowledge" / "delivery_status.en.md").write_text("no front matter")
    async with served(redis_url, redis, unique_name, company=company) as desk:
        await desk.inquiry("i1", confidence=0.9)
        answer = await desk.post("work/i1/suggestions", {"text": "refund starts at the shop"})
        suggested = {one["article_id"] for one in answer.json()["suggestions"]}
        assert "refund_status" in suggested
        assert "delivery_status" not in suggested
