"""A short run: every service and Redis killed once, Kafka restarted once."""

from __future__ import annotations

from pathlib import Path

from tests.chaos.plan import SERVICES, Options
from tests.chaos.run import run
from tests.model import trained_model


def test_nothing_is_lost_and_nothing_happens_twice_whatever_is_killed(tmp_path: Path) -> None:
    options = Options(inquiries=400, per_s=25, kills=1, seed=400)
    report = run(options, tmp_path / "chaos", trained_model(), print)
    assert report.missing == ()
    assert report.violations == ()
    assert report.kills == len(SERVICES) + 1
    assert {target for target, _ in report.recovery} == {*SERVICES, "redis", "kafka"}
    recovered = [seconds for _, seconds in report.recovery if seconds is not None]
    assert len(recovered) >= len(SERVICES)
