"""`warmline evaluate`: how good a model is on labelled texts that it has not seen."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from services.router import labelled
from services.router.labelled import share
from warmline.cli import screen
from warmline.errors import ConfigurationError

if TYPE_CHECKING:
    from services.router.triage.dataset import Example
    from services.router.triage.evaluate import Evaluation
    from services.router.triage.model import TopicModel
    from services.router.triage.splits import SplitTest

SHOWN = 10


def evaluate(
    data: Annotated[
        Path,
        typer.Argument(
            help="CSV or JSONL with a text, a topic and a language each. The topic out_of_scope "
            "marks texts that nobody should answer."
        ),
    ],
    model: labelled.ModelFolder = None,
    target: Annotated[
        float, typer.Option(min=0.5, max=0.9999, help="The precision that a threshold must prove.")
    ] = 0.99,
    method: Annotated[
        Literal["bonferroni", "fixed_sequence", "sgr"],
        typer.Option(help="How thresholds are searched for; docs/triage.md compares them."),
    ] = "bonferroni",
    seed: labelled.Seed = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Also write one self-contained page with plots.")
    ] = None,
    text_column: labelled.TextColumn = None,
    topic_column: labelled.TopicColumn = None,
    language_column: labelled.LanguageColumn = None,
    language: labelled.SpokenLanguage = None,
) -> None:
    """Measures a model: accuracy, calibration, what it may answer at a given precision, and where it errs.

    Give it texts that the model was not trained on; those that it was are counted and reported.
    Coverage at the target is put to the test: thresholds are certified on four fifths of the
    judgements and tried on the rest, 20 times over.
    """
    from services.router.settings import RouterSettings
    from services.router.triage.dataset import Columns, read_examples
    from services.router.triage.model import TopicModel

    rows = read_examples(data, Columns(text_column, topic_column, language_column, language))
    folder = model or RouterSettings().model
    loaded = TopicModel.load(folder)
    report = _report(loaded, rows, target, method, seed)
    report["data"], report["model"]["folder"] = str(data), str(folder)
    if html is not None:
        _write_page(html, report)
    if as_json:
        screen.show_json(report)
    else:
        _show(report)


def _report(
    model: TopicModel, rows: list[Example], target: float, method: Any, seed: int
) -> dict[str, Any]:
    """Everything that was measured, as plain values for JSON."""
    from services.router.triage.certify import Judgement
    from services.router.triage.evaluate import BATCH, judgements, measure, predict_in_parts
    from services.router.triage.splits import split_test
    from services.router.triage.train import OUT_OF_SCOPE

    inside = [row for row in rows if row.topic != OUT_OF_SCOPE]
    outside = [row for row in rows if row.topic == OUT_OF_SCOPE]
    if not inside:
        raise ConfigurationError("no text has a topic: there is nothing to measure")
    parts = predict_in_parts(model, [row.text for row in (*inside, *outside)])
    total = -(-len(rows) // BATCH)
    found = [guess for part in labelled.shown(parts, total, "Reading") for guess in part]
    known, strange = found[: len(inside)], found[len(inside) :]
    judged = [
        *judgements(known, inside),
        *(
            Judgement(guess.topic, row.language, guess.confidence, False)
            for guess, row in zip(strange, outside, strict=True)
        ),
    ]
    measured: Evaluation = measure(inside, known, strange)
    tested: SplitTest = split_test(judged, target=target, method=method, seed=seed)
    return {
        "model": {"version": model.version, "topics": len(model.card.topics)},
        "seed": seed,
        "seen_in_training": sum(model.trained_on([row.text for row in rows])),
        "unknown_topics": sorted({row.topic for row in inside} - set(model.card.topics)),
        **asdict(measured),
        "topics": [score._asdict() for score in measured.topics],
        "reliability": [group._asdict() for group in measured.reliability],
        "at_target": {**asdict(tested), **_answered_strangers(judged, len(inside), tested)},
    }


def _answered_strangers(judged: list[Any], inside: int, tested: SplitTest) -> dict[str, Any]:
    """The threshold that all judgements together certify, and the out-of-scope texts that reach it."""
    from services.router.triage.certify import largest_certified, pool

    evidence = pool(judged)
    answered = largest_certified(evidence, tested.target, 0.95, tested.method)
    if answered is None:
        return {"threshold": None, "out_of_scope_answered": 0.0}
    value = float(evidence.confidence[answered - 1])
    strangers = [each.confidence >= value for each in judged[inside:]]
    return {
        "threshold": value,
        "out_of_scope_answered": sum(strangers) / len(strangers) if strangers else 0.0,
    }


def _show(report: dict[str, Any]) -> None:
    at = report["at_target"]
    facts = [
        ("texts in scope", str(report["texts"])),
        ("accuracy", share(report["accuracy"])),
        ("macro F1", f"{report['macro_f1']:.4f}"),
        ("calibration error (ECE)", f"{report['calibration_error']:.4f}"),
        ("area under risk and coverage, x 100", f"{report['area_under_risk_coverage'] * 100:.2f}"),
        (f"coverage at {share(at['target'])}, mean of {at['runs']} splits", share(at["coverage"])),
        (
            "precision realised there",
            share(at["precision"]) if at["nothing_certified"] < at["runs"] else "nothing answered",
        ),
        ("splits below target; not by chance", f"{at['below']}; {at['significantly_below']}"),
        ("splits that certify nothing", str(at["nothing_certified"])),
    ]
    if report["out_of_scope_texts"]:
        answered = share(at["out_of_scope_answered"])
        facts.append(("out of scope: texts", str(report["out_of_scope_texts"])))
        facts.append(("out of scope: answered at the threshold", answered))
    screen.show_table((f"model {report['model']['version']}", ""), facts)
    _show_languages(report)
    worst = sorted(report["topics"], key=lambda score: float(score["f1"]))[:SHOWN]
    screen.out().print()
    screen.show_table(
        ("worst", "texts", "precision", "recall"),
        [
            (
                screen.plain(one["topic"]),
                str(one["texts"]),
                f"{one['precision']:.3f}",
                f"{one['recall']:.3f}",
            )
            for one in worst
        ],
        whole="worst",
        right="texts precision recall",
    )
    screen.out().print()
    screen.show_table(
        ("labelled", "given", "times"),
        [(screen.plain(t), screen.plain(g), str(n)) for t, g, n in report["confusions"][:SHOWN]],
        whole="labelled given times",
        right="times",
    )
    for warning in warnings(report):
        screen.note(f"[yellow]Note:[/] {warning}")


def _show_languages(report: dict[str, Any]) -> None:
    if len(report["languages"]) > 1:
        screen.out().print()
        screen.show_table(
            ("language", "texts", "accuracy", "macro F1", "ECE", "recognised"),
            [
                (
                    code,
                    f"{one['texts']:.0f}",
                    share(one["accuracy"]),
                    f"{one['macro_f1']:.3f}",
                    f"{one['calibration_error']:.3f}",
                    share(one["language_recognised"]),
                )
                for code, one in report["languages"].items()
            ],
            right="texts accuracy macro F1 ECE recognised",
        )


def warnings(report: dict[str, Any]) -> list[str]:
    """What a reader of the numbers must know."""
    found = []
    if seen := report["seen_in_training"]:
        found.append(
            f"{seen} of the texts were trained on: the numbers flatter the model. "
            "Measure on texts that it has not seen."
        )
    if unknown := report["unknown_topics"]:
        found.append(
            f"the model does not know {', '.join(map(screen.plain, unknown[:5]))}"
            f"{' …' if len(unknown) > 5 else ''}: texts of such topics count as wrong."
        )
    return found


def _write_page(path: Path, report: dict[str, Any]) -> None:
    from services.router.page import page

    try:
        path.write_text(page(report, warnings(report)), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror}") from error
    screen.note(f"Page with plots: {path}")
