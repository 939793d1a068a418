"""The services behind the topics. They never import each other; `services.runtime` is what they share."""

from __future__ import annotations
