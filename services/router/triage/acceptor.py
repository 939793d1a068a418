"""Would the answer be right? A small logistic model over the signals of one pass.

It is trained by hiding topics: what a model that never saw a topic says about that topic's texts
is what the real model will say about topics nobody has thought of yet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.router.triage.vectoriser import Floats


@dataclass(frozen=True)
class Acceptor:
    """Two outputs over the same quadratic features: right and in scope; in scope.

    Signals are clipped to the range seen in training: a quadratic must not extrapolate.
    """

    low: Floats
    high: Floats
    mean: Floats
    scale: Floats
    coefficients: Floats
    """(2, features): first row `confidence`, second row `in_scope`."""
    intercepts: Floats

    def __call__(self, signals: Floats) -> tuple[Floats, Floats]:
        """Confidence and probability of being in scope, each 0 to 1, for each row of signals."""
        features = quadratic((np.clip(signals, self.low, self.high) - self.mean) / self.scale)
        # Not `@`: that adds in another order for another size of batch, and a text whose confidence is the
        # certified threshold itself would be answered or not by how many came with it.
        weighed = np.einsum("ij,kj->ik", features, self.coefficients)
        log_odds = np.clip(weighed + self.intercepts, -30, 30)
        chance = 1 / (1 + np.exp(-log_odds))
        return chance[:, 0], chance[:, 1]


def quadratic(signals: Floats) -> Floats:
    """The signals, their squares and their products with each other."""
    left, right = np.triu_indices(signals.shape[1])
    return np.concatenate([signals, signals[:, left] * signals[:, right]], axis=1)


def calibration_error(
    chance: NDArray[np.floating], right: NDArray[np.bool_], bins: int = 15
) -> float:
    """Expected calibration error over equally filled bins (0 is perfect)."""
    order = np.argsort(chance, kind="stable")
    gaps = [
        abs(float(chance[part].mean()) - float(right[part].mean())) * len(part)
        for part in np.array_split(order, bins)
        if len(part)
    ]
    return sum(gaps) / max(len(chance), 1)
