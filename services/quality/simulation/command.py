"""`warmline simulate`: what different ways to automate lead to, with the real rules of licences."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from services.quality.simulation.results import Result
    from services.quality.simulation.world import World


def simulate(
    world: Annotated[
        Path | None,
        typer.Argument(help="YAML with topics, customers and staff. Default: the lesson."),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same year.")] = 1,
    days: Annotated[
        int | None, typer.Option(min=7, max=3660, help="Default: what the world says.")
    ] = None,
    form: Annotated[Literal["md", "json"], typer.Option("--format")] = "md",
    figure: Annotated[
        Path | None, typer.Option(help="SVG to write: wrong answers, CSAT, people, cost.")
    ] = None,
) -> None:
    """Simulates a year under four policies: everything automated, 80 % automated, nothing
    automated, and Warmline, whose licences are given and taken by the real rules.

    No server is needed. The customers are invented; every assumption is in the world's file
    (services/quality/simulation/lesson.yaml), to be copied and changed.
    """
    from services.quality.simulation.world import load_world

    known = load_world(world)
    if days is not None:
        known = known.model_copy(update={"days": days})
    results, changes = run(known, seed)
    if figure is not None:
        figure.write_text(draw_figure(known, results), encoding="utf-8")
    if form == "json":
        from services.quality.simulation.shown import as_json

        steps = [dict(zip(("day", "topic", "state", "reason"), c, strict=True)) for c in changes]
        data = {"seed": seed, "results": as_json(results), "licences": steps}
        sys.stdout.write(json.dumps(data, indent=1) + "\n")
    else:
        sys.stdout.write(page(known, results, changes))


Change = tuple[float, str, str, str]
"""Day, topic, state, reason."""


def run(world: World, seed: int) -> tuple[list[Result], list[Change]]:
    """Every policy has the same customers. Also what happened to Warmline's licences."""
    from services.quality.simulation.desk import Desk
    from services.quality.simulation.inquiries import DAY_MIN, draw
    from services.quality.simulation.policies import Warmline, policies

    results: list[Result] = []
    changes: list[Change] = []
    for made in policies(world):
        policy = made()
        results.append(Desk(world, policy).run(draw(world, seed)))
        if isinstance(policy, Warmline):
            changes = [(round(c[0] / DAY_MIN, 1), c[1], c[2], c[3]) for c in policy.changes]
    return results, changes


def draw_figure(world: World, results: list[Result]) -> str:
    from services.quality.simulation.shown import figure

    falls = sorted({topic.fall.day for topic in world.topics if topic.fall is not None})
    marks = [(day / 7, "the bot gets worse") for day in falls]
    return figure(results, world.prices.currency, marks)


def page(world: World, results: list[Result], changes: list[Change]) -> str:
    """Tables of the whole time and of that after the first fall, then the licences."""
    from services.quality.simulation.shown import against, markdown, table

    lines = [f"Whole time, {world.days} days, money in {world.prices.currency}:", ""]
    lines += [markdown(table(results)), ""]
    falls = [topic.fall.day for topic in world.topics if topic.fall is not None]
    if falls and min(falls) // 7 + 1 < len(results[0].weeks):
        week = min(falls) // 7
        lines += [f"From week {week} on:", "", markdown(table(results, week)), ""]
    lines += [f"- {said}" for said in against(results, "nothing automated")]
    lines += ["", "| day | topic | licence | why |", "|---:|---|---|---|"]
    lines += [f"| {day} | {topic} | {state} | {why} |" for day, topic, state, why in changes]
    return "\n".join(lines) + "\n"
