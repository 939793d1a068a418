"""The page of `warmline evaluate`: one file that needs no network and prints well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.router.labelled import share
from services.router.plots import line_plot

TEMPLATE = "evaluation.html"
_RISK_SCALES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


def page(report: dict[str, Any], warnings: Sequence[str]) -> str:
    """HTML of what `warmline evaluate --json` prints. Names of topics are escaped."""
    environment = Environment(
        loader=PackageLoader("services.router", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["share"] = share
    risk = [tuple(point) for point in report["risk_coverage"]]
    worst = max(wrong for _, wrong in risk)
    scale = next(scale for scale in _RISK_SCALES if worst <= scale)
    target = report["at_target"]["target"]
    plots = [
        (
            "Risk against coverage",
            "How many answers would be wrong, if the model answered only the surest texts. The line "
            "is what the target allows.",
            line_plot(
                "share wrong against share answered", risk, x="share of texts answered",
                y="share of them wrong", y_max=scale, level=1 - target,
            ),
        ),
        (
            "Does the confidence keep its word?",
            "Texts in ten groups by stated confidence. On the line, what is stated is what comes true.",
            line_plot(
                "share right against stated confidence",
                [(one["stated"], one["right"]) for one in report["reliability"]],
                x="confidence stated", y="share right", y_max=1.0, dots=True, diagonal=True,
            ),
        ),
    ]  # fmt: skip
    return environment.get_template(TEMPLATE).render(
        report=report, warnings=warnings, plots=plots, at=report["at_target"]
    )
