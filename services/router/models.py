"""`warmline model`: look at a model, compare a new one with the old, switch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.router import labelled
from services.router.labelled import share
from warmline.cli import screen
from warmline.errors import ConfigurationError

if TYPE_CHECKING:
    from services.router.policy import Policy
    from services.router.reading import TextReader
    from services.router.rules import Verdict
    from services.router.signals import Signals

    Judged = tuple[Signals, Verdict]

app = typer.Typer(no_args_is_help=True, help="Look at, compare and switch triage models.")

BATCH = 64
SHOWN = 15


@app.command()
def show(
    folder: Annotated[Path | None, typer.Argument(help="Default: the model in use.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the card as JSON.")] = False,
) -> None:
    """Prints a model's card: what it is, what it was made from, how good it was, what is certified."""
    from services.router.reading import load_reader
    from services.router.settings import RouterSettings
    from services.router.triage.store import read

    place = folder or RouterSettings().model
    card, _ = read(place)
    if as_json:
        screen.show_json(card.model_dump(mode="json"))
        return
    certificate = load_reader(place, ()).certificate
    certified = [t for t in certificate.thresholds if t.value is not None] if certificate else []
    rows = [
        ("version", card.version),
        ("topics", str(len(card.topics))),
        ("languages", ", ".join(card.languages)),
        ("texts", str(card.training.rows)),
        ("of them out of scope", str(card.training.out_of_scope_texts)),
        ("seed", str(card.training.seed)),
        ("data", card.training.data_sha256[:12]),
        *((name.replace("_", " "), f"{value:.4f}") for name, value in card.metrics.items()),
        ("certificate", certificate.version if certificate else "none: nothing is proven"),
    ]
    if certificate:
        promise = f"{share(certificate.target)} at {share(certificate.confidence)}"
        rows.append(("promises", f"{promise}, {certificate.method}"))
        rows.append(("certified", f"{len(certified)} of {len(certificate.thresholds)}"))
    screen.show_table(("", ""), [(name, screen.plain(value)) for name, value in rows])


@app.command()
def compare(
    new: Annotated[Path, typer.Argument(help="Folder of the candidate.")],
    data: Annotated[Path, typer.Argument(help="CSV or JSONL of texts; a topic column is used.")],
    model: labelled.ModelFolder = None,
    company: labelled.CompanyFolder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
    text_column: labelled.TextColumn = None,
    topic_column: labelled.TopicColumn = None,
) -> None:
    """Decides the same texts with both models, by the router's own rules, and shows where they differ.

    Where the file has labels, it also says which of the two is right how often.
    """
    from services.router.policy import load_policy
    from services.router.reading import load_reader
    from services.router.settings import RouterSettings

    settings = RouterSettings()
    policy, _ = load_policy((company or settings.company) / "topics.yaml")
    texts, labels = _texts(data, text_column, topic_column)
    readers = [load_reader(folder, policy.languages) for folder in (model or settings.model, new)]
    old, fresh = (_judged(reader, policy, texts, reader.version) for reader in readers)
    report = {
        "old": readers[0].version,
        "new": readers[1].version,
        "texts": len(texts),
        **_compared(old, fresh, labels),
    }
    if as_json:
        screen.show_json(report)
    else:
        _show(report)


@app.command()
def switch(
    new: Annotated[Path, typer.Argument(help="Folder of the model to use from now on.")],
    model: labelled.ModelFolder = None,
) -> None:
    """Puts a model, with its certificate, into the place where the router looks for one.

    The new model is checked first; one that is damaged changes nothing. Running routers take it within
    seconds, without a restart. Never copy files into a model's folder: a router may be reading them.
    """
    from services.router.reading import load_reader
    from services.router.settings import RouterSettings
    from services.router.triage.store import install

    place = model or RouterSettings().model
    reader = load_reader(new, ())
    if place.exists() and new.resolve() == place.resolve():
        raise ConfigurationError(f"{new} is the model in use already")
    try:
        install(new, place)
    except OSError as error:
        raise ConfigurationError(f"cannot replace {place}: {error.strerror or error}") from error
    certificate = reader.certificate.version if reader.certificate else "none: nothing is proven"
    screen.note(f"In use from now on: {reader.version}, certificate {certificate}, in {place}")


def _texts(
    path: Path, text_column: str | None, topic_column: str | None
) -> tuple[list[str], list[str | None]]:
    """Texts of valid inquiries, and their labels where the file has them."""
    from services.router.triage.dataset import TOPIC_COLUMNS
    from warmline.client.inquiry_files import TEXT_COLUMNS, format_of, rows

    texts: list[str] = []
    labels: list[str | None] = []
    try:
        with path.open("rb") as source:
            kind = format_of(path.name, source.read(64))
            source.seek(0)
            for _, row in rows(source, kind):
                fields = {} if isinstance(row, Exception) else _lowered(row)
                text = _first(fields, (text_column.lower(),) if text_column else TEXT_COLUMNS)
                if text:
                    texts.append(text)
                    named = (topic_column.lower(),) if topic_column else TOPIC_COLUMNS
                    labels.append(_first(fields, named))
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error
    if not texts:
        raise ConfigurationError(f"{path}: no line has a text: name its column with --text-column")
    return texts, labels


def _lowered(row: dict[str, Any]) -> dict[str, Any]:
    return {name.strip().lower(): value for name, value in row.items() if name}


def _first(fields: dict[str, Any], names: Sequence[str]) -> str | None:
    value = next((fields[name] for name in names if fields.get(name)), None)
    return str(value).strip() if value is not None else None


def _judged(reader: TextReader, policy: Policy, texts: list[str], what: str) -> list[Judged]:
    from services.router.classify import judge
    from warmline.events import Inquiry

    made = [
        Inquiry.model_construct(
            inquiry_id="i", conversation_id="c", customer_id="c", text=text, wants_person=False
        )
        for text in texts
    ]
    parts = list(labelled.in_parts(made, BATCH))
    bar = labelled.shown(parts, len(parts), f"Reading with {what}")
    return [judged for part in bar for judged in judge(reader, policy, part)]


def _compared(
    old: Sequence[Judged], new: Sequence[Judged], labels: Sequence[str | None]
) -> dict[str, Any]:
    pairs = list(zip(old, new, strict=True))
    topics: Counter[tuple[str | None, str | None]] = Counter(
        (a[0].topic, b[0].topic) for a, b in pairs if a[0].topic != b[0].topic
    )
    routes = Counter((a[1].route, b[1].route) for a, b in pairs)
    return {
        "same_topic": 1 - topics.total() / len(pairs),
        "bot_before": sum(a[1].route == "bot" for a in old) / len(pairs),
        "bot_after": sum(b[1].route == "bot" for b in new) / len(pairs),
        "from_bot_to_people": routes["bot", "human"],
        "from_people_to_bot": routes["human", "bot"],
        "moves": [[a, b, n] for (a, b), n in topics.most_common(SHOWN)],
        "labelled": _with_labels(old, new, labels),
    }


def _with_labels(
    old: Sequence[Judged], new: Sequence[Judged], labels: Sequence[str | None]
) -> dict[str, Any] | None:
    """Accuracy, and how often each model's answers by the bot would be right. None without labels."""
    known = [i for i, label in enumerate(labels) if label]
    if not known:
        return None
    found: dict[str, Any] = {"texts": len(known)}
    for name, judged in (("old", old), ("new", new)):
        right = [judged[i][0].topic == labels[i] for i in known]
        bot = [r for r, i in zip(right, known, strict=True) if judged[i][1].route == "bot"]
        found[name] = {
            "accuracy": sum(right) / len(right),
            "bot_answers": len(bot),
            "bot_right": sum(bot) / len(bot) if bot else None,
        }
    return found


def _show(report: dict[str, Any]) -> None:
    rows = [
        ("texts", str(report["texts"])),
        ("same topic", share(report["same_topic"])),
        (
            "to the bot, before and after",
            f"{share(report['bot_before'])}, {share(report['bot_after'])}",
        ),
        ("from the bot to people", str(report["from_bot_to_people"])),
        ("from people to the bot", str(report["from_people_to_bot"])),
    ]
    if (measured := report["labelled"]) is not None:
        for name in ("old", "new"):
            one = measured[name]
            right = "nothing answered" if one["bot_right"] is None else share(one["bot_right"])
            rows.append((f"{name}: accuracy", share(one["accuracy"])))
            rows.append((f"{name}: answers by the bot that are right", right))
    screen.show_table((f"{report['old']} to {report['new']}", ""), rows)
    if report["moves"]:
        screen.out().print()
        screen.show_table(
            ("topic before", "topic after", "texts"),
            [(screen.plain(a), screen.plain(b), str(n)) for a, b, n in report["moves"]],
            right="texts",
        )
