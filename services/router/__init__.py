"""Decides for every inquiry whether the bot may answer it or a person will, and says why."""

from __future__ import annotations

import os

# Before numpy is imported. The linear algebra of an inquiry is too small to share between threads: they
# would only wait for each other, and on a busy machine for a long time. Whoever knows better sets it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
