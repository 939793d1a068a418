"""`warmline train`: a triage model from labelled texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table


def train(
    data: Annotated[
        Path, typer.Argument(help="CSV (UTF-8) with the columns text, topic and language.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the model; replaced whole.")] = Path(
        ".warmline/model"
    ),
    seed: Annotated[int, typer.Option(help="The same seed and data give the same model.")] = 0,
    topic_column: Annotated[str, typer.Option(help="What the topic's column is called.")] = "topic",
    language_column: Annotated[
        str, typer.Option(help="What the language's column is called.")
    ] = "language",
) -> None:
    """Trains the triage model that the router uses, and says how good it is on texts it did not see.

    A topic named out_of_scope teaches the model what belongs to no topic.
    """
    from services.router.triage.dataset import read_csv
    from services.router.triage.train import train as fit

    console = Console(stderr=True)
    rows = read_csv(data, topic=topic_column, language=language_column)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("Training", total=1.0)
        model = fit(
            rows,
            seed=seed,
            progress=lambda step, share: bar.update(task, description=step, completed=share),
        )
    model.save(out)
    table = Table(title=f"Model {model.version} in {out}", title_justify="left")
    table.add_column("measured out of fold")
    table.add_column("", justify="right")
    for name, value in model.card.metrics.items():
        table.add_row(name.replace("_", " "), f"{value:.4f}")
    Console().print(table)


if __name__ == "__main__":
    typer.run(train)
