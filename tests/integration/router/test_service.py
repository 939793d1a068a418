"""The router as a process, on real Kafka and Redis: models are switched and watched while it runs."""

from __future__ import annotations

import json
import signal
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.router.triage import TopicModel
from services.router.triage.certify import THRESHOLDS_FILE, Certificate, Threshold
from services.router.triage.drift import Seen, count
from services.router.triage.store import install
from services.router.triage.train import Settings, train
from services.runtime.entry import EXIT_CONFIGURATION
from services.runtime.processing import EXIT_FAIL_STOP
from tests.integration.service_process import ServiceProcess
from tests.servers import eventually
from tests.unit.agents.build import decision
from tests.unit.router.triage.conftest import WORDS, small_set
from warmline.events import Assignment, Decision, Event, Inquiry, Licence
from warmline.events.envelope import event_id
from warmline.local.ports import free_port
from warmline.topics import ASSIGNMENTS, DRIFT, INQUIRIES, LICENCES, ROUTED_BOT, ROUTED_HUMAN


@pytest.fixture(scope="module")
def model() -> TopicModel:
    return train(small_set(), seed=1, settings=Settings(space=16))


@pytest.fixture
def company(model: TopicModel, tmp_path: Path) -> Path:
    """Every topic is licensed; the model is in use, and nothing is certified yet."""
    topics = [
        {"id": topic, "group": "g", "title": {"en": topic}, "harm": "information",
         "bot": "licensed", "queue": "general"}
        for topic in model.card.topics
    ]  # fmt: skip
    policy = {"version": 1, "threshold": 0.0, "max_complexity": 1.0, "topics": topics}
    (tmp_path / "topics.yaml").write_text(json.dumps(policy))
    model.save(tmp_path / "model")
    return tmp_path


@pytest.fixture
def router(kafka: str, redis_url: str, unique_name: str, company: Path) -> Iterator[ServiceProcess]:
    service = ServiceProcess("router", kafka, redis_url, unique_name, company / "router.log")
    service.settings = {
        "WARMLINE_COMPANY": str(company),
        "WARMLINE_MODEL": str(company / "model"),
        "WARMLINE_SHADOW_MODEL": str(company / "candidate"),
        "WARMLINE_MODEL_LOOK_S": "0.2",
        "WARMLINE_DRIFT_EVERY_S": "0.5",
        "WARMLINE_HOLDOUT_SHARE": "0",
        "WARMLINE_HEALTH_PORT": str(free_port()),
    }
    service.create_topics()
    service.publish(LICENCES, [licence(topic) for topic in WORDS["en"]])
    yield service
    if service.process is not None:
        service.end(signal.SIGKILL)


def licence(topic: str) -> Event[Licence]:
    """What is tested here is what the model and its certificate allow."""
    given = Licence(topic=topic, language="en", state="licensed", reason="given by the test")
    return Event(f"l-{topic}", "/test", datetime.now(UTC), given)


def candidate(model: TopicModel) -> TopicModel:
    card = model.card.model_copy(update={"temperature": model.card.temperature * 1.1})
    return TopicModel.assemble(card, model.arrays(), "made for a test")


def certificate(model: TopicModel, certified: str) -> Certificate:
    """Only one topic may be answered; calibrated on inquiries on another alone."""
    return Certificate(
        model_version=model.version, method="sgr", target=0.9, confidence=0.9, inquiries=10,
        thresholds=tuple(
            Threshold(
                topic=topic, language="en", level="topic", value=0.01 if topic == certified else None,
                inquiries=10, answered=10, right=10, lower_bound=0.9,
            )
            for topic in model.card.topics
        ),
        window=count(Seen("late_fee", "en", 0.5, 0.0) for _ in range(500)),
    )  # fmt: skip


def inquiry(inquiry_id: str, conversation_id: str, text: str) -> Event[Inquiry]:
    asked = Inquiry(
        inquiry_id=inquiry_id, conversation_id=conversation_id, customer_id="k", text=text
    )
    return Event(f"e-{inquiry_id}", "/test", datetime.now(UTC), asked)


def ask(router: ServiceProcess, start: int, texts: list[str]) -> list[Decision]:
    """The decisions on these texts, in their order."""
    router.publish(
        INQUIRIES,
        [inquiry(f"i{start + n}", f"c{start + n}", text) for n, text in enumerate(texts)],
    )

    def decided() -> list[Decision]:
        found = {
            event.data.inquiry.inquiry_id: event.data
            for topic in (ROUTED_BOT, ROUTED_HUMAN)
            for event in router.read(topic)
        }
        ids = [f"i{start + n}" for n in range(len(texts))]
        return [found[each] for each in ids] if all(each in found for each in ids) else []

    return eventually(decided, 60)


def metric(router: ServiceProcess, name: str) -> float:
    """The sum over the labels of a metric whose line begins with `name`."""
    url = f"http://127.0.0.1:{router.settings['WARMLINE_HEALTH_PORT']}/metrics"
    with urllib.request.urlopen(url, timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def test_models_are_compared_switched_refused_and_watched_without_a_restart(
    router: ServiceProcess, company: Path, model: TopicModel
) -> None:
    fresh = candidate(model)
    fresh.save(company / "candidate")
    certificate(fresh, "delivery").save(company / "candidate" / THRESHOLDS_FILE)
    router.start()

    first = ask(router, 0, ["where is the parcel", "my password please"])
    assert {decision.versions.model for decision in first} == {model.version}
    assert {decision.versions.certificate for decision in first} == {None}
    assert [decision.route for decision in first] == ["bot", "bot"]
    compared = "warmline_shadow_total{"
    eventually(lambda: metric(router, compared) == 2, 30)
    assert metric(router, 'warmline_shadow_total{result="people_instead"}') == 1

    install(company / "candidate", company / "model")
    eventually(lambda: "model switched" in router.log.read_text(), 30)
    second = ask(router, 10, ["where is the parcel", "my password please"])
    assert {decision.versions.model for decision in second} == {fresh.version}
    assert [decision.route for decision in second] == ["bot", "human"]
    assert [decision.threshold for decision in second] == [0.01, None]
    assert second[1].reasons[0].code == "not_certified"

    (company / "candidate" / "idf.npy").write_bytes(b"broken")
    install(company / "candidate", company / "model")
    eventually(lambda: "new model refused, the old one goes on" in router.log.read_text(), 30)
    third = ask(router, 20, ["where is the parcel"] * 120)
    assert {decision.versions.model for decision in third} == {fresh.version}

    reported = eventually(lambda: router.read(DRIFT), 60)
    (whole,) = [event.data for event in reported if event.data.topic is None][:1]
    assert whole.drifted
    assert whole.model == fresh.version
    assert metric(router, 'warmline_drift_topics{language="en",scope="topic"}') >= 1
    assert router.end() == 0


def step(name: str, seq: int, epoch: int) -> Event[Assignment]:
    """As the agents service publishes it."""
    taken = Assignment(
        inquiry_id="i0", conversation_id="c0", step=name, seq=seq, epoch=epoch, queue="general",
        agent_id="ada" if name == "accepted" else None,
    )  # fmt: skip
    return Event(f"s{seq}", "/warmline/agents", datetime.now(UTC), taken)


def test_who_has_a_conversation_survives_an_empty_redis(router: ServiceProcess) -> None:
    """The router stops, decides nothing meanwhile, and then knows its decisions and whose they are."""
    process = router.start()
    first, other = ask(router, 0, ["a person please", "where is the parcel"])
    assert (first.route, other.route) == ("human", "bot")
    steps = [step("enqueued", 1, 1), step("offered", 2, 2), step("accepted", 3, 2)]
    router.publish(ASSIGNMENTS, steps)
    eventually(lambda: router.committed(INQUIRIES) == 2, 30)
    router.lose_everything()
    again = [inquiry("i0", "c0", "a person please"), inquiry("i1", "c1", "where is the parcel")]
    router.publish(INQUIRIES, [*again, inquiry("i2", "c0", "where is the parcel")])
    assert process.wait(30) == EXIT_FAIL_STOP
    router.start()

    def decisions() -> dict[str, list[Decision]]:
        found: dict[str, list[Decision]] = {}
        for topic in (ROUTED_BOT, ROUTED_HUMAN):
            for event in router.read(topic):
                found.setdefault(event.data.inquiry.inquiry_id, []).append(event.data)
        return found

    eventually(lambda: sum(map(len, decisions().values())) == 5, 60)
    made = decisions()
    assert (made["i2"][0].reasons[0].code, made["i2"][0].epoch) == ("owned_by_person", 2)
    assert made["i2"][0].continues == "i0"
    assert made["i0"] == [first, first]
    assert made["i1"] == [other, other]
    assert router.end() == 0


def test_what_was_decided_before_the_group_acknowledged_anything_stands_in_an_empty_redis(
    router: ServiceProcess,
) -> None:
    """As if router and Redis had been lost together in their first second, and a person was at it by then."""
    asked = {
        "inquiry_id": "i0",
        "conversation_id": "c0",
        "customer_id": "k",
        "text": "a person please",
    }
    first = decision(asked, topic=None, epoch=1)
    event = Event(event_id("i0", "decision"), "/test", datetime.now(UTC), first)
    router.publish(ROUTED_HUMAN, [event])
    steps = [step("enqueued", 1, 1), step("offered", 2, 2), step("accepted", 3, 2)]
    router.publish(ASSIGNMENTS, steps)
    again = inquiry("i0", "c0", "a person please")
    router.publish(INQUIRIES, [again, inquiry("i1", "c0", "where is the parcel")])
    assert router.committed(INQUIRIES) == 0
    router.start()
    eventually(lambda: len(router.read(ROUTED_HUMAN)) == 3, 60)
    repeated, next_one = [each.data for each in router.read(ROUTED_HUMAN)[1:]]
    assert repeated == first
    assert (next_one.reasons[0].code, next_one.epoch) == ("owned_by_person", 2)
    assert router.end() == 0


def test_a_damaged_model_stops_the_start_with_one_line(
    router: ServiceProcess, company: Path
) -> None:
    (company / "model" / "idf.npy").unlink()
    assert router.start().wait(60) == EXIT_CONFIGURATION
    log = router.log.read_text()
    assert "idf.npy is missing or damaged" in log
    assert "Traceback" not in log
