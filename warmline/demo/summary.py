"""What a demonstration has shown, as tables and as one line that must add up."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.table import Table

from warmline.cli.screen import plain
from warmline.demo.company import LOOKED_UP
from warmline.demo.lives import Life, route_of, wishes_kept
from warmline.demo.samples import Truth
from warmline.demo.tally import Conservation, Tally
from warmline.events import Reply

TOP_TOPICS = 15
_OUTCOMES = ("confirmed", "assumed", "handed_off", "abandoned")
_WHAT_IT_MEANS = {
    "confirmed": "the bot answered and the customer said that it helped",
    "assumed": "the bot answered and the customer said nothing more",
    "handed_off": "a person finished it",
    "abandoned": "the customer left before anybody answered",
    "dead-lettered": "could not be processed; see `warmline dead-letters list`",
    "not ended": "still open",
}


def show_summary(console: Console, tally: Tally, truths: Mapping[str, Truth]) -> None:
    """`truths` are the labels of the file, by inquiry id; may be empty."""
    _by_route(console, tally)
    _by_topic(console, tally)
    _by_language(console, tally)
    _by_outcome(console, tally)
    _times(console, tally)
    _against_truth(console, tally, truths)
    _looked_up(console, tally)


def conservation_line(found: Conservation) -> str:
    """`published = answered + handed off + abandoned + dead-lettered`, with the numbers."""
    sign = "=" if found.lost == 0 else "≠"
    invented = f", invented {found.invented}" if found.invented else ""
    return (
        f"{found.published} published {sign} {found.answered} answered + {found.handed_off} handed "
        f"off + {found.abandoned} abandoned + {found.dead_lettered} dead-lettered, "
        f"lost {found.lost}, duplicated {found.duplicated}{invented}"
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _published(tally: Tally) -> Iterator[tuple[str, Life]]:
    return ((id_, life) for id_, life in tally.lives.items() if life.asked is not None)


def _by_route(console: Console, tally: Tally) -> None:
    meaning = {
        "bot": "the bot may answer",
        "draft": "the bot proposes, a person answers",
        "intake": "the bot asks for the facts, a person answers",
        "human": "a person from the start",
    }
    total = max(1, sum(tally.routes.values()))
    rows = [
        (route, f"{tally.routes[route]:,}", f"{tally.routes[route] / total:.0%}", about)
        for route, about in meaning.items()
    ]
    _table(console, "By route: the first decision", ("route", "inquiries", "share", ""), rows)


def _by_topic(console: Console, tally: Tally) -> None:
    topics: Counter[str] = Counter()
    routes: Counter[tuple[str, str]] = Counter()
    for id_, life in _published(tally):
        decision = life.first_decision(id_)
        if decision is not None:
            topics[decision.topic or "(none)"] += 1
            routes[decision.topic or "(none)", route_of(decision)] += 1
    rows = [
        (plain(topic), f"{count:,}", *(_number(routes[topic, name]) for name in _ROUTES))
        for topic, count in topics.most_common(TOP_TOPICS)
    ]
    if (others := topics.total() - sum(count for _, count in topics.most_common(TOP_TOPICS))) > 0:
        rows.append((f"({len(topics) - TOP_TOPICS} more)", f"{others:,}", *[""] * len(_ROUTES)))
    _table(console, "By topic", ("topic", "inquiries", *_ROUTES), rows)


_ROUTES = ("bot", "draft", "intake", "human")


def _by_language(console: Console, tally: Tally) -> None:
    languages = Counter(
        decision.language
        for id_, life in _published(tally)
        if (decision := life.first_decision(id_)) is not None
    )
    rows = [
        (plain("und (unknown)" if name == "und" else name), f"{count:,}")
        for name, count in languages.most_common()
    ]
    _table(console, "By language", ("language", "inquiries"), rows)


def _by_outcome(console: Console, tally: Tally) -> None:
    found = tally.conservation()
    kinds = Counter(life.outcome.kind for _, life in _published(tally) if life.outcome is not None)
    counts = {kind: kinds[kind] for kind in _OUTCOMES}  # type: ignore[index]
    counts |= {"dead-lettered": found.dead_lettered, "not ended": found.lost}
    rows = [
        (name.replace("_", " "), f"{count:,}", _WHAT_IT_MEANS[name])
        for name, count in counts.items()
        if count or name in _OUTCOMES
    ]
    if tally.reversed:
        came_back = "of these: the same customer came back on the same topic; not kept"
        rows.append(("reversed", f"{len(tally.reversed):,}", came_back))
    _table(console, "By outcome", ("outcome", "inquiries", ""), rows)


def _times(console: Console, tally: Tally) -> None:
    times: dict[str, list[float]] = {"bot": [], "person": [], "all": []}
    for _, life in _published(tally):
        first = life.first_answer_s()
        if first is not None:
            seconds, by = first
            times[by].append(seconds)
            times["all"].append(seconds)
    rows = [
        (by, f"{len(values):,}", *(f"{percentile(values, share):.2f}" for share in _SHARES))
        for by, values in times.items()
        if values
    ]
    columns = ("answered by", "inquiries", "p50 s", "p95 s", "p99 s")
    _table(console, "Time to first answer", columns, rows)


_SHARES = (0.5, 0.95, 0.99)


def _against_truth(console: Console, tally: Tally, truths: Mapping[str, Truth]) -> None:
    right = wrong = 0
    for id_, life in _published(tally):
        truth, decision = truths.get(id_), life.first_decision(id_)
        if truth is not None and decision is not None and life.answered_by_bot:
            right += decision.topic == truth.topic
            wrong += decision.topic != truth.topic
    wished, kept = wishes_kept(
        (id_, life, id_ in truths and truths[id_].wants_person) for id_, life in _published(tally)
    )
    rows = []
    if right + wrong:
        rows.append(("bot answers on the right topic", f"{right:,} of {right + wrong:,}"))
    if wished:
        colour = "green" if kept == wished else "red"
        rows.append(("wishes for a person kept", f"[{colour}]{kept:,} of {wished:,}[/]"))
    if rows:
        labels = "file's labels, which were not published" if truths else "customers' buttons"
        _table(console, f"Checked against the {labels}", ("", ""), rows)


def _looked_up(console: Console, tally: Tally) -> None:
    """What was asked, and the paragraph that a fact of the order system stands in."""
    rows = [
        (plain(decision.inquiry.text), plain(_first_of_article(message)))
        for id_, life in _published(tally)
        if (decision := life.first_decision(id_)) is not None
        for message in life.bot_messages.values()
        if message.article_id in LOOKED_UP
    ]
    if rows:
        _table(console, "Answered with facts from the company's order system", ("asked", ""), rows)


def _first_of_article(message: Reply) -> str:
    return message.text.split("\n\n")[1 if message.discloses_ai else 0]


def _number(count: int) -> str:
    return f"{count:,}" if count else "[dim]-[/]"


def _table(
    console: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    """The first column and one without a heading hold words, the others numbers."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", show_header=any(columns))
    for position, column in enumerate(columns):
        words = position == 0 or (column == "" and any(columns))
        table.add_column(column, justify="left" if words else "right")
    for row in rows:
        table.add_row(*row)
    console.print(title, style="bold", soft_wrap=True)
    console.print(table)
    console.print()
