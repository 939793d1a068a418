"""Fitting the second tier to what the first one left open on texts that it had not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.router.triage.acceptor import Acceptor
from services.router.triage.card import SecondTierFacts
from services.router.triage.cascade import Head, Joint, Meaning, SecondTier, join
from services.router.triage.dataset import Example
from services.router.triage.encoder import Encoder
from services.router.triage.fitting import (
    Settings,
    fit_acceptor,
    fit_temperature,
    kept_neighbours,
)
from services.router.triage.linear import Linear, Pass, softmax
from services.router.triage.vectoriser import Floats
from warmline.errors import ConfigurationError

LANDMARKS = 3_000
WIDTH = 1.0
RIDGE = 0.1
"""Chosen on BANKING77, on the part of the training set that `bench.triage.banking77` holds out."""

CLEAR_WRONG = 0.006
CLEAR_HIDDEN = 0.04
CLEAR_OUT_OF_SCOPE = 0.005
"""At most this share of the texts that the first tier settles alone may be wrong; and at most these
shares of the texts of hidden topics, and of those labelled out of scope, may be among them."""


HELPS = 0.005
"""What an encoder must add to the mean log probability of a language's true topics to be asked there."""


class Fold(NamedTuple):
    """What the first tier said in one fold. Numbers of rows: of the data, then of the strangers."""

    topics: tuple[str, ...]
    inside: list[int]
    """Trained on."""
    judged: list[int]
    """Not seen: rows of known topics, of hidden ones, then texts labelled out of scope."""
    truth: NDArray[np.int64]
    """The topics of the known ones, which are the first of `judged`."""
    first: Pass
    """With calibrated probabilities."""


class Evidence(NamedTuple):
    """All folds' judged texts, one after the other."""

    known: NDArray[np.bool_]
    labelled_out_of_scope: NDArray[np.bool_]
    first_right: NDArray[np.bool_]
    confidence: Floats
    """The first tier's, by acceptors that had not seen the fold."""
    languages: NDArray[np.int64]
    """As the first tier reads them."""


def fit_second_tier(
    encoder: Encoder,
    data: Sequence[Example],
    strangers: Sequence[str],
    folds: Sequence[Fold],
    evidence: Evidence,
    linear: Linear,
    settings: Settings,
    seed: int,
) -> tuple[SecondTier, dict[str, float]]:
    """`linear` is the final first tier. The metrics are out of fold."""
    vectors = encoder([row.text for row in data] + list(strangers))
    meanings = [
        _fit_meaning(data, vectors, fold.inside, fold.topics, settings, seed) for fold in folds
    ]
    scores = [
        meaning.head(vectors[fold.judged]) for meaning, fold in zip(meanings, folds, strict=True)
    ]
    truths = [fold.truth for fold in folds]
    head_temperature = _temperature(scores, truths)
    calibrated = [part / head_temperature for part in scores]
    logs = [
        (np.log(fold.first.probability + 1e-12) + np.log(softmax(part) + 1e-12)) / 2
        for fold, part in zip(folds, calibrated, strict=True)
    ]
    joint_temperature = _temperature(logs, truths)
    joints = [
        join(
            fold.first,
            fold.first.probability,
            part,
            vectors[fold.judged],
            meaning,
            joint_temperature,
        )
        for fold, part, meaning in zip(folds, calibrated, meanings, strict=True)
    ]
    helped = _helped(folds, joints, evidence, linear.languages)
    if not helped:
        raise ConfigurationError(
            "with this encoder the topics of these texts are recognised no better than without, in "
            f"none of their languages ({', '.join(linear.languages)}): train without it, or take "
            "an encoder of these languages"
        )
    clear = _clear(evidence)
    facts = SecondTierFacts(
        encoder=encoder.facts,
        width=WIDTH,
        head_temperature=head_temperature,
        joint_temperature=joint_temperature,
        clear=clear,
        languages=helped,
    )
    readable = np.isin(evidence.languages, [linear.languages.index(each) for each in helped])
    is_open = readable & (evidence.confidence > 0) & (evidence.confidence < clear)
    acceptor, metrics = _fit_acceptor(joints, truths, is_open, evidence, settings)
    rows = list(range(len(data)))
    meaning = _fit_meaning(data, vectors, rows, linear.topics, settings, seed)
    return SecondTier(facts, encoder, meaning, acceptor), metrics


def fit_head(vectors: Floats, topics: Sequence[int], count: int, seed: int) -> Head:
    """Kernel ridge regression on 1 for the topic and 0 for the others, over at most LANDMARKS rows.

    Nystroem's approximation (Williams & Seeger 2001): a linear system with a row per landmark.
    """
    chosen = np.random.default_rng(seed).permutation(len(vectors))[:LANDMARKS]
    head = Head(vectors[chosen], np.empty((len(chosen), count), dtype=np.float32), WIDTH)
    near = head.near(vectors).astype(np.float64)
    wanted = np.zeros((len(vectors), count))
    wanted[np.arange(len(vectors)), topics] = 1
    system = near.T @ near + RIDGE * near[chosen] + 1e-6 * np.eye(len(chosen))
    weights = np.linalg.solve(system, near.T @ wanted)
    return Head(head.landmarks, weights.astype(np.float32), WIDTH)


def _fit_meaning(
    data: Sequence[Example],
    vectors: Floats,
    rows: Sequence[int],
    topics: Sequence[str],
    settings: Settings,
    seed: int,
) -> Meaning:
    number = {topic: i for i, topic in enumerate(topics)}
    own = vectors[list(rows)]
    head = fit_head(own, [number[data[i].topic] for i in rows], len(topics), seed)
    kept, start = kept_neighbours(
        [data[i] for i in rows], topics, settings.neighbours_per_topic, seed
    )
    return Meaning(head, own[kept], start)


def _temperature(scores: Sequence[Floats], truths: Sequence[NDArray[np.int64]]) -> float:
    return fit_temperature(
        [(part[: len(truth)], truth) for part, truth in zip(scores, truths, strict=True)]
    )


def _helped(
    folds: Sequence[Fold], joints: Sequence[Joint], evidence: Evidence, languages: Sequence[str]
) -> tuple[str, ...]:
    """The languages in which both tiers together know the true topics better than the first alone."""
    gain = np.zeros(len(evidence.known))
    start = 0
    for fold, joint in zip(folds, joints, strict=True):
        each = np.arange(len(fold.truth))
        after, before = (
            joint.probability[each, fold.truth],
            fold.first.probability[each, fold.truth],
        )
        gain[start : start + len(each)] = np.log(after + 1e-6) - np.log(before + 1e-6)
        start += len(fold.judged)
    spoken = [evidence.known & (evidence.languages == number) for number in range(len(languages))]
    return tuple(
        code
        for code, texts in zip(languages, spoken, strict=True)
        if texts.any() and gain[texts].mean() > HELPS
    )


def _clear(evidence: Evidence) -> float:
    """The lowest confidence from which the first tier's judgement may stand; above 1 for none."""
    order = np.argsort(-evidence.confidence, kind="stable")
    known = evidence.known[order]
    wrong = np.cumsum(known & ~evidence.first_right[order]) / np.maximum(np.cumsum(known), 1)
    strange = evidence.labelled_out_of_scope[order]
    hidden = ~known & ~strange
    holds = (
        (wrong <= CLEAR_WRONG)
        & (np.cumsum(hidden) <= CLEAR_HIDDEN * hidden.sum())
        & (np.cumsum(strange) <= CLEAR_OUT_OF_SCOPE * strange.sum())
    )
    last = np.flatnonzero(holds)
    return float(evidence.confidence[order[last[-1]]]) if len(last) else 2.0


def _fit_acceptor(
    joints: Sequence[Joint],
    truths: Sequence[NDArray[np.int64]],
    is_open: NDArray[np.bool_],
    evidence: Evidence,
    settings: Settings,
) -> tuple[Acceptor, dict[str, float]]:
    """From the open texts alone, since it judges no others."""
    right = np.zeros(len(is_open), dtype=bool)
    start = 0
    for joint, truth in zip(joints, truths, strict=True):
        right[start : start + len(truth)] = joint.best[: len(truth)] == truth
        start += len(joint.best)
    signals = np.concatenate([joint.signals for joint in joints])
    fold = np.repeat(np.arange(len(joints)), [len(joint.best) for joint in joints])
    known, confidence = evidence.known, evidence.confidence.astype(np.float64)
    for left_out in range(len(joints)):
        seen, rest = is_open & (fold != left_out), is_open & (fold == left_out)
        if rest.any():
            part = _acceptor_for(signals, right, known, seen, fold != left_out, settings)
            confidence[rest] = part(signals[rest])[0]
    final = np.where(is_open, right, evidence.first_right)
    accepted = confidence > float(np.quantile(confidence[known], 0.4))
    metrics = {
        "with_encoder_accuracy": float(final[known].mean()),
        "with_encoder_precision_at_coverage_60": float(final[accepted & known].mean()),
        "with_encoder_hidden_topics_answered_at_coverage_60": float(accepted[~known].mean()),
        "encoder_asked": float(is_open[known].mean()),
    }
    every = np.ones(len(known), dtype=bool)
    return _acceptor_for(signals, right, known, is_open, every, settings), metrics


def _acceptor_for(
    signals: Floats,
    right: NDArray[np.bool_],
    known: NDArray[np.bool_],
    is_open: NDArray[np.bool_],
    all_rows: NDArray[np.bool_],
    settings: Settings,
) -> Acceptor:
    """From the open ones among `all_rows`; from all where the open ones show one outcome only.

    Strangers are commoner among open texts than among all, and are weighted so.
    """
    rows = is_open
    if any(len(np.unique(outcome[rows])) < 2 for outcome in (right, known)):
        rows = all_rows
    strange = settings.assumed_out_of_scope * rows[all_rows & ~known].mean()
    familiar = (1 - settings.assumed_out_of_scope) * rows[all_rows & known].mean()
    weighted = replace(settings, assumed_out_of_scope=float(strange / (strange + familiar)))
    return fit_acceptor(signals[rows], right[rows], known[rows], weighted)
