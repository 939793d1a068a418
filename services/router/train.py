"""`warmline train`: a triage model from labelled texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from services.router import labelled
from warmline.cli import screen


def train(
    data: Annotated[
        Path, typer.Argument(help="CSV or JSONL (UTF-8) with a text, a topic and a language each.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the model; replaced whole.")] = Path(
        ".warmline/model"
    ),
    encoder: Annotated[
        Path | None,
        typer.Option(
            help="Sentence encoder in ONNX with its tokenizer.json, for a second tier; needs the "
            "extra `encoder`. It is copied into the model."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed and data give the same model.")] = 0,
    text_column: labelled.TextColumn = None,
    topic_column: labelled.TopicColumn = None,
    language_column: labelled.LanguageColumn = None,
    language: labelled.SpokenLanguage = None,
) -> None:
    """Trains the triage model that the router uses, and says how good it is on texts it did not see.

    A topic named out_of_scope teaches the model what belongs to no topic. `warmline data check` finds
    what is wrong with a file before it is trained on.
    """
    from services.router.triage.dataset import Columns, read_examples
    from services.router.triage.encoder import Encoder
    from services.router.triage.train import train as fit

    rows = read_examples(data, Columns(text_column, topic_column, language_column, language))
    second = Encoder.load(encoder) if encoder else None
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen.err()) as bar:
        task = bar.add_task("Training", total=1.0)
        model = fit(
            rows,
            seed=seed,
            encoder=second,
            progress=lambda step, share: bar.update(task, description=step, completed=share),
        )
    model.save(out)
    screen.note(f"Model {model.version} in {out}")
    screen.show_table(
        ("measured out of fold", ""),
        [(name.replace("_", " "), f"{value:.4f}") for name, value in model.card.metrics.items()],
    )


if __name__ == "__main__":
    typer.run(train)
