"""The sample company's triage model for tests: trained once per checkout and state of its sources."""

from __future__ import annotations

import fcntl
from pathlib import Path

from tests.servers import JARS_CACHE
from warmline.demo.model import Training

_MODELS = JARS_CACHE.parent / "models"


def trained_model() -> Path:
    """The model's folder, the one that the demonstration uses too. The first call takes a minute."""
    _MODELS.mkdir(parents=True, exist_ok=True)
    with (_MODELS / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        training = Training(_MODELS, _MODELS)
        if not training.known:
            training.start()
            training.finish()
    return training.folder
