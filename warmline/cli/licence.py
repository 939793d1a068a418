"""`warmline licence`: what the bot may do for each topic, why, and what people decide about it."""

from __future__ import annotations

import getpass
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import uuid4

import typer

from warmline.cli import screen
from warmline.cli.options import TIMEOUT_S, AsJson, Bootstrap, Prefix, kafka_address
from warmline.errors import ConfigurationError, UnavailableError

if TYPE_CHECKING:
    from warmline.client import Client
    from warmline.events import Licence

app = typer.Typer(
    help="What the bot may do, topic by topic: list, show, suspend, grant, seed.",
    no_args_is_help=True,
)

TopicName = Annotated[str, typer.Argument(metavar="TOPIC", help="A topic of the desk's file.")]
Language = Annotated[str, typer.Option("--language", "-l", help="ISO 639 code, such as en.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stands on the licence.")]

_ANSWER_TIMEOUT_S = 30.0
_COLOURS = {"licensed": "green", "draft": "yellow", "suspended": "red", "human_only": "dim"}
_COLUMNS = ("topic", "language", "state", "proven", "target", "judged", "missing", "why")


@app.command("list")
def show_all(bootstrap: Bootstrap = None, prefix: Prefix = "", as_json: AsJson = False) -> None:
    """Show every topic in every language and what the bot may do there."""
    with _client(bootstrap, prefix) as client:
        licences = read(client)
    if as_json:
        screen.show_json([licence.model_dump(mode="json") for licence in licences])
        return
    screen.show_table(
        _COLUMNS,
        map(row, licences),
        whole="topic language state proven target judged missing",
        right="proven target judged missing",
    )


@app.command()
def show(
    topic: TopicName,
    language: Language = "en",
    bootstrap: Bootstrap = None,
    prefix: Prefix = "",
    as_json: AsJson = False,
) -> None:
    """Show one licence with its evidence, and how much is missing at today's volume."""
    with _client(bootstrap, prefix) as client:
        licence = _named(read(client), topic, language)
    if as_json:
        screen.show_json(licence.model_dump(mode="json"))
        return
    for name, value in about(licence):
        screen.out().print(f"[bold]{name:<22}[/] {screen.plain(value)}", soft_wrap=True)


@app.command()
def suspend(
    topic: TopicName,
    reason: Reason,
    language: Language = "en",
    bootstrap: Bootstrap = None,
    prefix: Prefix = "",
) -> None:
    """Stop the bot answering this topic, now, until a person grants it again."""
    _order("suspend", topic, language, reason, bootstrap, prefix)


@app.command()
def grant(
    topic: TopicName,
    reason: Reason,
    language: Language = "en",
    draft: Annotated[
        bool, typer.Option("--draft", help="Only let the bot propose; it earns the rest.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Without evidence. The licence says so for ever.")
    ] = False,
    bootstrap: Bootstrap = None,
    prefix: Prefix = "",
) -> None:
    """Give a licence that the evidence bears, or let a suspended topic go on.

    Without enough evidence it is refused. Topics of the risk tier are always refused.
    """
    state: Literal["draft", "licensed"] = "draft" if draft else "licensed"
    _order("grant", topic, language, reason, bootstrap, prefix, state=state, force=force)


@app.command()
def seed(
    file: Annotated[
        Path, typer.Argument(help="CSV: topic, language, kind, right, wrong, confidence.")
    ],
    bootstrap: Bootstrap = None,
    prefix: Prefix = "",
) -> None:
    """Publish a labelled history as evidence, marked as seeded.

    kind is history (inquiries that people have answered), draft (answers of the bot that people
    have judged) or harm (answers found harmful). Publishing a file again changes nothing.
    """
    from warmline.licence_history import publish_history

    with _client(bootstrap, prefix) as client:
        published = publish_history(client, file)
    screen.note(f"{published} pieces of seeded evidence published.")


def read(client: Client) -> list[Licence]:
    """The newest of each topic and language, sorted."""
    newest: dict[tuple[str, str], Licence] = {}
    for received in client.consume("licences", from_beginning=True, to_end=True):
        licence: Licence = received.event.data
        newest[licence.topic, licence.language] = licence
    return [newest[cell] for cell in sorted(newest)]


def row(licence: Licence) -> tuple[str, ...]:
    marks = [mark for mark in ("forced", "held", "pooled") if getattr(licence, mark)]
    state = f"[{_COLOURS[licence.state]}]{licence.state}[/]"
    return (
        screen.plain(licence.topic),
        licence.language,
        state + (f" ({', '.join(marks)})" if marks else ""),
        _share(licence.lower_bound),
        _share(licence.target),
        f"{licence.sample:,}",
        "-" if licence.state == "licensed" else _missing(licence),
        screen.plain(screen.one_line(licence.reason, 60)),
    )


def about(licence: Licence) -> Iterable[tuple[str, str]]:
    yield "topic, language", f"{licence.topic}, {licence.language}"
    yield "state", licence.state + (", held by a person" if licence.held else "")
    yield "why", licence.reason
    if licence.forced:
        yield "forced", "granted without evidence once; this stays on the licence"
    if licence.refused is not None:
        yield "last order refused", licence.refused
    if licence.threshold is not None:
        yield "from confidence", f"{licence.threshold:g}"
    if licence.target is None:
        yield "evidence", "none counts: this topic is for people only"
        return
    yield "precision asked for", _share(licence.target)
    yield "precision proven", f"{_share(licence.lower_bound)} (at least, at all times together)"
    seeded = f", {licence.seeded:,} of them from a labelled history" if licence.seeded else ""
    yield "answers judged", f"{licence.sample:,}, {licence.wrong:,} not right{seeded}"
    if licence.state != "licensed":
        yield "still missing", _missing_at_this_volume(licence)
    yield "attempt", str(licence.attempt)
    yield "compared with people", licence.compared_with_people.replace("_", " ")
    for who, ends in (("bot", licence.bot), ("people", licence.people)):
        for kind, tally in ends.items():
            yield f"{who}: {kind}", f"{tally.good:,} good, {tally.bad:,} bad"
    yield "version", str(licence.version)


def _missing_at_this_volume(licence: Licence) -> str:
    if licence.missing is None:
        return "no number would do: too many of the judged answers were wrong"
    if not licence.labels_per_day:
        return f"about {licence.missing:,} judged answers; none has come yet"
    days = licence.missing / licence.labels_per_day
    when = f"{days:,.1f} days at {licence.labels_per_day:,.0f} a day"
    return f"about {licence.missing:,} judged answers: {when}"


def _missing(licence: Licence) -> str:
    if licence.target is None:
        return "-"
    return "never so" if licence.missing is None else f"{licence.missing:,}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _client(bootstrap: str | None, prefix: str) -> Client:
    from warmline.client import Client

    return Client(kafka_address(bootstrap), prefix, source="operator", timeout_s=TIMEOUT_S)


def _named(licences: Iterable[Licence], topic: str, language: str) -> Licence:
    licences = list(licences)
    found = [each for each in licences if (each.topic, each.language) == (topic, language)]
    if not found:
        topics = sorted({each.topic for each in licences})
        known = f"known are {', '.join(topics)}" if topics else "none is known yet"
        raise ConfigurationError(
            f"no licence of {topic!r} in {language!r}: {known}. Quality tells of every topic of "
            "the desk's file that may have one; is it running?"
        )
    return found[0]


def _order(
    do: Literal["suspend", "grant"],
    topic: str,
    language: str,
    reason: str,
    bootstrap: str | None,
    prefix: str,
    *,
    state: Literal["draft", "licensed"] = "licensed",
    force: bool = False,
) -> None:
    from warmline.events import Evidence, LicenceOrder

    order_id = str(uuid4())
    order = LicenceOrder(do=do, state=state, reason=reason, by=getpass.getuser(), force=force)
    with _client(bootstrap, prefix) as client:
        client.publish(
            Evidence(
                evidence_id=order_id,
                topic=topic,
                language=language,
                kind="order",
                at_ms=round(time.time() * 1000),
                order=order,
            )
        )
        licence = _answer(client, topic, language, order_id)
    if licence.refused is not None:
        evidence = do == "grant" and not force and licence.target is not None
        hint = ". --force grants it without evidence, marked for ever" if evidence else ""
        screen.fail(f"refused: {licence.refused}{hint}")
        raise typer.Exit(1)
    screen.out().print(f"{screen.plain(topic)} in {language}: {licence.state}", soft_wrap=True)


def _answer(client: Client, topic: str, language: str, order_id: str) -> Licence:
    for received in client.consume(
        "licences", from_beginning=True, idle_timeout_s=_ANSWER_TIMEOUT_S
    ):
        licence: Licence = received.event.data
        if (licence.topic, licence.language, licence.answers) == (topic, language, order_id):
            return licence
    raise UnavailableError(
        f"the order is on its way, but quality has not answered within {_ANSWER_TIMEOUT_S:.0f} s: "
        "is it running? It follows the order when it is."
    )
