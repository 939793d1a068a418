"""How far an estimate may lie from the truth where the values behind it are skewed, as costs are. Pure.

Student's t test takes the standard error as independent of the estimate. With skewed values they
move together: a sample without its few dear cases has a low mean *and* a small standard error, and
so an interval that is too short on the very side where the truth is.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from services.quality.statistics import Interval

DOUBT = 1.5
"""Small samples show less skewness than there is (Joanes and Gill, The Statistician 47 (1998)
183-189), so up to this many times the estimated skewness is allowed for. Chosen by simulation:
`bench.quality.intervals`."""

_SYMMETRICAL = 1e-9


def limits(freedom: float, skewness: float, error: float) -> Interval:
    """Between which (estimate - truth) / standard error lies with at least 1 - error.

    `skewness` is that of the estimate: for a mean, that of the values over the root of their number.
    Each end is the wider one of Student's and of Hall's, who takes the skewness out of the statistic
    by a transformation that can be undone (Journal of the Royal Statistical Society B 54 (1992)
    221-228; for two samples Zhou and Dinh, Biostatistics 6 (2005) 187-200). So what Student covers is
    covered, and symmetrical values lose nothing.
    """
    t = float(special.stdtrit(freedom, 1 - error / 2))
    doubted = DOUBT * skewness
    return Interval(min(-t, _undone(-t, doubted)), max(t, _undone(t, doubted)))


def _undone(transformed: float, skewness: float) -> float:
    """The statistic T whose T + a T²/3 + a² T³/27 + a/6, a being the skewness, is `transformed`."""
    if abs(skewness) < _SYMMETRICAL:
        return transformed
    root = np.cbrt(1 + skewness * (transformed - skewness / 6))
    return float(3 / skewness * (root - 1))
