"""Decides for every inquiry whether the bot may answer it or a person will, and says why."""

from __future__ import annotations
