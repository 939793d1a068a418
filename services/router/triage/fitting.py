"""Fitting the parts of a topic model with scikit-learn. A running router does not import this."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from services.router.triage.acceptor import Acceptor, quadratic
from services.router.triage.dataset import Example
from services.router.triage.linear import Linear, softmax
from services.router.triage.vectoriser import Floats, Vectoriser, fit

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


LOGISTIC_STEPS = 30
"""More make the regression likelier on its own texts, not on new ones."""


@dataclass(frozen=True)
class Settings:
    """Recorded in the model card. Defaults were chosen by cross-validation on public data.

    `assumed_out_of_scope`: the share of live texts that belong to no known topic; the confidence
    is calibrated for it. `space`: dimensions in which neighbours are looked up.
    """

    cost: float = 0.7
    logistic_cost: float = 20.0
    space: int = 128
    folds: int = 5
    neighbours_per_topic: int = 500
    acceptor_cost: float = 0.1
    assumed_out_of_scope: float = 0.2


@contextmanager
def one_thread() -> Iterator[None]:
    """Keeps linear algebra on one thread: the matrices are small, and threads that wait for each other on
    a busy machine cost ten times the work."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


def fit_linear(data: Sequence[Example], settings: Settings, seed: int) -> Linear:
    """Scores and neighbours from these rows alone; the temperature is still 1."""
    from sklearn.utils.extmath import randomized_svd

    vectoriser = fit([row.text for row in data])
    rows = _sparse(vectoriser, [row.text for row in data])
    topics = sorted({row.topic for row in data})
    languages = sorted({row.language for row in data})
    topic_weights, topic_bias = _topic_scores(
        rows, [topics.index(row.topic) for row in data], len(topics), settings, seed
    )
    language_weights, language_bias = _one_against_rest(
        rows, [languages.index(row.language) for row in data], len(languages), settings.cost, seed
    )
    space = min(settings.space, min(rows.shape) - 1)
    _, _, axes = randomized_svd(rows, space, random_state=seed)
    places = rows @ axes.T
    places /= np.maximum(np.linalg.norm(places, axis=1), 1e-9)[:, None]
    kept, start = kept_neighbours(data, topics, settings.neighbours_per_topic, seed)
    return Linear(
        topics=tuple(topics),
        languages=tuple(languages),
        vectoriser=vectoriser,
        weights=np.vstack([topic_weights, language_weights, axes]).T.astype(np.float32, order="C"),
        bias=np.concatenate([topic_bias, language_bias]).astype(np.float32),
        neighbours=places[kept].astype(np.float32),
        neighbour_start=start,
    )


def _sparse(vectoriser: Vectoriser, texts: Sequence[str]) -> csr_matrix:
    from scipy.sparse import csr_matrix, vstack

    def part(chunk: Sequence[str]) -> csr_matrix:
        rows = vectoriser(chunk)
        shape = (len(chunk), len(vectoriser.idf))
        return csr_matrix((rows.values, rows.columns, rows.indptr), shape=shape)

    return vstack([part(texts[i : i + 2_000]) for i in range(0, len(texts), 2_000)], format="csr")


def _topic_scores(
    rows: csr_matrix, labels: Sequence[int], classes: int, settings: Settings, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean of support vector machines and a multinomial regression: both are linear, so the two
    together are one table and cost a running router nothing. They err on different texts."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    weights, bias = _one_against_rest(rows, labels, classes, settings.cost, seed)
    if classes < 3:
        return weights, bias
    machine = LogisticRegression(C=settings.logistic_cost, max_iter=LOGISTIC_STEPS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # stopped early on purpose
        machine.fit(rows, labels)
    margins, logits = rows @ weights.T + bias, machine.decision_function(rows)
    scale = float(margins.std(axis=1).mean() / logits.std(axis=1).mean())
    return (weights + machine.coef_ * scale) / 2, (
        bias + machine.intercept_ * scale + float(margins.mean())
    ) / 2


def _one_against_rest(
    rows: csr_matrix, labels: Sequence[int], classes: int, cost: float, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights (classes, columns) and bias (classes) of linear support vector machines."""
    from sklearn.svm import LinearSVC

    if classes == 1:
        return np.zeros((1, rows.shape[1])), np.zeros(1)
    machine = LinearSVC(C=cost, random_state=seed, max_iter=10_000).fit(rows, labels)
    if classes == 2:
        return np.vstack([-machine.coef_, machine.coef_]), np.r_[
            -machine.intercept_, machine.intercept_
        ]
    return machine.coef_, machine.intercept_


def kept_neighbours(
    data: Sequence[Example], topics: Sequence[str], per_topic: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows kept as neighbours, sorted by topic, and where each topic's part starts."""
    random = np.random.default_rng(seed)
    of_topic: dict[str, list[int]] = {topic: [] for topic in topics}
    for i in random.permutation(len(data)).tolist():
        if len(of_topic[data[i].topic]) < per_topic:
            of_topic[data[i].topic].append(i)
    kept = [i for topic in topics for i in sorted(of_topic[topic])]
    start = np.cumsum([0] + [len(of_topic[topic]) for topic in topics])
    return np.array(kept, dtype=np.int64), start.astype(np.int64)


def fit_temperature(parts: Sequence[tuple[Floats, NDArray[np.int64]]]) -> float:
    """The one number that makes out-of-fold probabilities most likely (Guo et al. 2017)."""

    def loss(temperature: float) -> float:
        losses = [
            -np.log(softmax(scores / temperature)[np.arange(len(truth)), truth] + 1e-12)
            for scores, truth in parts
        ]
        return float(np.concatenate(losses).mean())

    return float(min(np.geomspace(0.02, 3, 120), key=loss))


def fit_acceptor(
    signals: Floats, right: NDArray[np.bool_], known: NDArray[np.bool_], settings: Settings
) -> Acceptor:
    from sklearn.linear_model import LogisticRegression

    low, high = signals.min(axis=0), signals.max(axis=0)
    mean, scale = signals.mean(axis=0), np.maximum(signals.std(axis=0), 1e-6)
    features = quadratic((signals - mean) / scale)
    strange = settings.assumed_out_of_scope
    weight = np.where(known, (1 - strange) / known.sum(), strange / max((~known).sum(), 1))
    rows, intercepts = [], []
    for target in (right, known):
        machine = LogisticRegression(C=settings.acceptor_cost, max_iter=5_000)
        machine.fit(features, target, sample_weight=weight * len(known))
        rows.append(machine.coef_[0])
        intercepts.append(machine.intercept_[0])
    as_float32 = np.float32
    return Acceptor(
        low=low.astype(as_float32),
        high=high.astype(as_float32),
        mean=mean.astype(as_float32),
        scale=scale.astype(as_float32),
        coefficients=np.vstack(rows).astype(as_float32),
        intercepts=np.array(intercepts, dtype=as_float32),
    )
