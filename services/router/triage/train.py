"""Training from labelled texts. Needs scikit-learn; a running router does not."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.router.triage.acceptor import Acceptor, calibration_error
from services.router.triage.card import Card, Training
from services.router.triage.cascade import SecondTier
from services.router.triage.cascade_fitting import Evidence, Fold, fit_second_tier
from services.router.triage.dataset import Example
from services.router.triage.encoder import Encoder
from services.router.triage.fitting import (
    Settings,
    fit_acceptor,
    fit_linear,
    fit_temperature,
    kept_neighbours,
    one_thread,
)
from services.router.triage.linear import SIGNALS, Linear, Pass, log_odds, softmax
from services.router.triage.model import TopicModel, to_arrays
from services.router.triage.store import facts
from services.router.triage.vectoriser import Floats
from warmline.errors import ConfigurationError

__all__ = ["OUT_OF_SCOPE", "Progress", "Settings", "train"]

OUT_OF_SCOPE = "out_of_scope"
"""Label of texts that belong to no topic: they train the acceptor and are not a class."""

_UNKNOWN_WORDS = SIGNALS.index("unknown_words")

Progress = Callable[[str, float], None]
"""Told what is being done and which share (0 to 1) of the training is behind."""


class _Fold(NamedTuple):
    """Row numbers: to train on; left out, of known topics; of topics hidden from this fold."""

    inside: list[int]
    outside: list[int]
    hidden: list[int]


@dataclass(frozen=True)
class _Judged:
    """Passes of one fold's model over texts it has not seen; known ones first, then strangers."""

    topics: tuple[str, ...]
    inside: list[int]
    rows: list[int]
    """Which texts: rows of the data, then numbers of strangers counted on from its end."""
    found: Pass
    topic: NDArray[np.int64]
    """For the known ones: the true topic, as the fold's model numbers it."""
    language: NDArray[np.int64]

    @property
    def topic_scores(self) -> Floats:
        """Of the known ones; logarithms of probabilities are scores up to a constant."""
        scores: Floats = np.log(self.found.probability[: len(self.topic)])
        return scores

    @property
    def language_scores(self) -> Floats:
        return self.found.languages[: len(self.language)]

    @property
    def right(self) -> NDArray[np.bool_]:
        """Known and given its true topic."""
        right = np.zeros(len(self.found.best), dtype=bool)
        right[: len(self.topic)] = self.found.best[: len(self.topic)] == self.topic
        return right

    @property
    def known(self) -> NDArray[np.bool_]:
        return np.arange(len(self.found.best)) < len(self.topic)

    def signals(self, temperature: float) -> Floats:
        """With the log odds that this temperature gives."""
        return self.calibrated(temperature).signals

    def calibrated(self, temperature: float) -> Pass:
        """The pass as a model with this temperature makes it."""
        scores: Floats = np.log(self.found.probability)
        probability = softmax(scores / temperature)
        signals = self.found.signals.copy()
        signals[:, SIGNALS.index("log_odds")] = log_odds(probability.max(axis=1))
        return self.found._replace(probability=probability, signals=signals)


def train(
    examples: Iterable[Example],
    *,
    seed: int = 0,
    settings: Settings | None = None,
    encoder: Encoder | None = None,
    progress: Progress = lambda _step, _share: None,
) -> TopicModel:
    """Trains topic scores, language scores, their temperatures and the acceptor.

    With an encoder also the second tier, which is asked about what these leave open.

    The same rows, seed and settings give the same model. Raises ConfigurationError for data that
    cannot be trained on, or where scikit-learn is not installed.
    """
    require_scikit_learn()
    with one_thread():
        return _train(list(examples), seed, settings or Settings(), encoder, progress)


def _train(
    everything: list[Example],
    seed: int,
    settings: Settings,
    encoder: Encoder | None,
    progress: Progress,
) -> TopicModel:
    data = [row for row in everything if row.topic != OUT_OF_SCOPE]
    strangers = [row.text for row in everything if row.topic == OUT_OF_SCOPE]
    _check(data, settings)
    judged = []
    for fold, rows in enumerate(_folds(data, settings.folds, seed)):
        progress(f"fold {fold + 1} of {settings.folds}", fold / (settings.folds + 1))
        judged.append(_judge(data, rows, strangers, settings, seed))
    progress("final model", settings.folds / (settings.folds + 1))
    temperature = fit_temperature([(part.topic_scores, part.topic) for part in judged])
    signals = np.concatenate([part.signals(temperature) for part in judged])
    acceptor, confidence, metrics = _acceptor(judged, signals, settings)
    linear = replace(fit_linear(data, settings, seed), temperature=temperature)
    second_tier = None
    if encoder is not None:
        progress("second tier", (settings.folds + 0.5) / (settings.folds + 1))
        evidence = _evidence(judged, confidence, len(data))
        second_tier, more = fit_second_tier(
            encoder, data, strangers, _seen_by_first(judged, temperature), evidence, linear,
            settings, seed,
        )  # fmt: skip
        metrics |= more
    hashed = hashlib.sha256(json.dumps(everything, ensure_ascii=True).encode())
    training = Training(
        seed=seed,
        rows=len(everything),
        data_sha256=hashed.hexdigest(),
        texts_per_topic=dict(sorted(Counter(row.topic for row in data).items())),
        texts_per_language=dict(sorted(Counter(row.language for row in data).items())),
        out_of_scope_texts=len(strangers),
        settings=vars(settings),
        made_with={name: version(name) for name in ("numpy", "scikit-learn")},
    )
    model = _model(data, linear, acceptor, training, metrics, judged, second_tier)
    progress("done", 1.0)
    return model


def require_scikit_learn() -> None:
    """Raises ConfigurationError, with what to install, where it is not there."""
    try:
        import sklearn  # noqa: F401
    except ImportError as error:
        raise ConfigurationError(
            "training needs scikit-learn: install Warmline with the extra `train`"
        ) from error


def _check(data: Sequence[Example], settings: Settings) -> None:
    counts = Counter(row.topic for row in data)
    if len(counts) < 3:
        raise ConfigurationError(
            f"training needs at least 3 topics, found {len(counts)}: {', '.join(sorted(counts))}"
        )
    few = sorted(topic for topic, texts in counts.items() if texts < settings.folds)
    if few:
        raise ConfigurationError(
            f"each topic needs at least {settings.folds} texts; too few for: {', '.join(few)}"
        )


def _folds(data: Sequence[Example], count: int, seed: int) -> list[_Fold]:
    """Each fold leaves out a share of every topic's texts, and some topics altogether.

    Equal texts stay together, so that no text is judged by a model that has seen its twin.
    """
    random = np.random.default_rng(seed)
    fold_of: dict[str, int] = {}
    seen: Counter[str] = Counter()
    for i in random.permutation(len(data)).tolist():
        text = data[i].text.strip().lower()
        if text not in fold_of:
            fold_of[text] = seen[data[i].topic] % count
            seen[data[i].topic] += 1
    topics = sorted({row.topic for row in data})
    order = random.permutation(len(topics)).tolist()
    hidden_in = {topics[t]: place % count for place, t in enumerate(order)}
    folds = []
    for fold in range(count):
        rows = _Fold([], [], [])
        for i, row in enumerate(data):
            if hidden_in[row.topic] == fold:
                rows.hidden.append(i)
            elif fold_of[row.text.strip().lower()] == fold:
                rows.outside.append(i)
            else:
                rows.inside.append(i)
        folds.append(rows)
    return folds


def _judge(
    data: Sequence[Example], rows: _Fold, strangers: Sequence[str], settings: Settings, seed: int
) -> _Judged:
    linear = fit_linear([data[i] for i in rows.inside], settings, seed)
    known = [data[i] for i in rows.outside if data[i].language in linear.languages]
    texts = [row.text for row in known] + [data[i].text for i in rows.hidden] + list(strangers)
    return _Judged(
        topics=linear.topics,
        inside=rows.inside,
        rows=[
            *(i for i in rows.outside if data[i].language in linear.languages),
            *rows.hidden,
            *range(len(data), len(data) + len(strangers)),
        ],
        found=linear(texts),
        topic=np.array([linear.topics.index(row.topic) for row in known]),
        language=np.array([linear.languages.index(row.language) for row in known]),
    )


def _acceptor(
    judged: Sequence[_Judged], signals: Floats, settings: Settings
) -> tuple[Acceptor, Floats, dict[str, float]]:
    """The acceptor from all folds; confidence and metrics from acceptors that had not seen the fold."""
    known = np.concatenate([part.known for part in judged])
    right = np.concatenate([part.right for part in judged])
    fold = np.repeat(np.arange(len(judged)), [len(part.known) for part in judged])
    confidence = np.empty(len(known), dtype=np.float32)
    for left_out in range(len(judged)):
        seen = fold != left_out
        part = fit_acceptor(signals[seen], right[seen], known[seen], settings)
        confidence[~seen] = part(signals[~seen])[0]
    top = 1 / (1 + np.exp(-signals[:, SIGNALS.index("log_odds")]))
    threshold = float(np.quantile(confidence[known], 0.4))
    accepted = confidence > threshold
    languages = [part.language_scores.argmax(axis=1) == part.language for part in judged]
    metrics = {
        "accuracy": float(right[known].mean()),
        "calibration_error": calibration_error(top[known], right[known]),
        "language_accuracy": float(np.concatenate(languages).mean()),
        "precision_at_coverage_60": float(right[accepted & known].mean()),
        "hidden_topics_answered_at_coverage_60": float(accepted[~known].mean()),
    }
    return fit_acceptor(signals, right, known, settings), confidence, metrics


def _seen_by_first(judged: Sequence[_Judged], temperature: float) -> list[Fold]:
    """What the second tier is fitted to."""
    return [
        Fold(part.topics, part.inside, part.rows, part.topic, part.calibrated(temperature))
        for part in judged
    ]


def _evidence(judged: Sequence[_Judged], confidence: Floats, rows: int) -> Evidence:
    unknown = np.concatenate([part.found.signals[:, _UNKNOWN_WORDS] for part in judged])
    return Evidence(
        known=np.concatenate([part.known for part in judged]),
        labelled_out_of_scope=np.concatenate([np.array(part.rows) >= rows for part in judged]),
        first_right=np.concatenate([part.right for part in judged]),
        confidence=np.where(unknown < 1, confidence, 0),
        languages=np.concatenate([part.found.languages.argmax(axis=1) for part in judged]),
    )


def _model(
    data: Sequence[Example],
    linear: Linear,
    acceptor: Acceptor,
    training: Training,
    metrics: dict[str, float],
    judged: Sequence[_Judged],
    second_tier: SecondTier | None,
) -> TopicModel:
    """Puts the parts and the card together."""
    kept, _ = kept_neighbours(
        data, linear.topics, int(training.settings["neighbours_per_topic"]), training.seed
    )
    texts = json.dumps([data[i].text for i in kept.tolist()], ensure_ascii=False)
    encoded = texts.encode("utf-8", "surrogatepass")
    languages = [(part.language_scores, part.language) for part in judged]
    warmth = fit_temperature(languages) if len(linear.languages) > 1 else 1.0
    arrays = to_arrays(linear, acceptor, warmth, np.frombuffer(encoded, dtype=np.uint8))
    if second_tier is not None:
        arrays |= second_tier.arrays()
    card = Card(
        topics=linear.topics,
        languages=linear.languages,
        temperature=linear.temperature,
        word_columns=linear.vectoriser.word_columns,
        arrays={name: facts(array) for name, array in arrays.items()},
        second_tier=second_tier.facts if second_tier else None,
        training=training,
        metrics=metrics,
    )
    encoder = second_tier.encoder if second_tier else None
    return TopicModel.assemble(card, arrays, "just trained", encoder)
