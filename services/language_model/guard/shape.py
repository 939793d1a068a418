"""What a text must not hold whatever it says: markup, links, hidden characters, other scripts."""

from __future__ import annotations

import re
import unicodedata

LINK = re.compile(
    r"[a-z][a-z0-9+.-]{1,12}://\S+|www\.\S+|(?<![\w.])(?:[a-z0-9äöüß-]{2,}\.)+[a-z]{2,24}(?![\w])(?:[/:?#]\S*)?"
    r"|\S+@\S+|\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b",
    re.IGNORECASE,
)
_OBFUSCATED = re.compile(
    r"hxxp|[\[({]\s*(?:dot|punkt|at|ät)\s*[\])}]|\w\s+(?:dot|punkt)\s+(?:com|net|org|de|io|info|app|eu|me)\b"
    r"|\bslash\b|//|javascript:|data:|mailto:|tel:|@\w",
    re.IGNORECASE,
)
_MARKS = {
    "html": re.compile(r"<|(?<! )>|>(?! )|&(?:#\d+|#x[0-9a-f]+|[a-z]{2,8});", re.IGNORECASE),
    "code": re.compile(r"`|~~~|\{\{|\}\}|\$\{|\{%"),
    "brackets": re.compile(r"\]\(|!\[|\[\[|\]\]|^\s*\[[^\]]*\]:|\[\^", re.MULTILINE),
    "heading": re.compile(r"^\s{0,3}#{1,6}\s", re.MULTILINE),
    "strong": re.compile(r"\*\*|__"),
    "emphasis": re.compile(r"(?<!\*)\*(?!\*)\S"),
    "bullets": re.compile(r"^\s*[-*+•]\s", re.MULTILINE),
    "numbers": re.compile(r"^\s*\d{1,2}[.)]\s", re.MULTILINE),
    "quote": re.compile(r"^\s*>", re.MULTILINE),
    "table": re.compile(r"\|"),
    "backslash": re.compile(r"\\"),
    "colon line": re.compile(r"^\s*(?:system|assistant|user|human|ai|bot)\s*:", re.I | re.M),
}
_ALLOWED_CONTROL = "\n"
_SYMBOLS = frozenset("€£$%&+-–—…„“”‚‘’'\"«»‹›()*/>,.;:!?§°·•#_@[]~=|<^`\\{} ")


def links_in(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).lower()
    return [found.rstrip(".,;:!?)»“\"'*") for found in LINK.findall(plain)]


def fault_of_shape(text: str, source: str) -> str | None:
    """What `text` holds that `source` has not, or None."""
    for char in text:
        if not _is_plain(char) and char not in source:
            return f"character U+{ord(char):04X}"
    normal = unicodedata.normalize("NFKC", text)
    if _OBFUSCATED.search(normal) and not _OBFUSCATED.search(source):
        return "a disguised address"
    for name, mark in _MARKS.items():
        if mark.search(normal) and not mark.search(source):
            return f"markup: {name}"
    return None


def _is_plain(char: str) -> bool:
    """Latin letters, ASCII digits and common punctuation; nothing that is not seen."""
    if char == _ALLOWED_CONTROL or char in _SYMBOLS or "0" <= char <= "9":
        return True
    return unicodedata.category(char) in ("Lu", "Ll") and "LATIN" in unicodedata.name(char, "")
