"""Reads a YAML file of the operator's into a model, and says in which line a fault is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from warmline.errors import ConfigurationError

M = TypeVar("M", bound=BaseModel)

_MAX_BYTES = 4 * 1024 * 1024
_FAULTS_MAX = 10


def read_yaml(file: Path, model: type[M]) -> tuple[M, yaml.Node]:
    """The model, and the tree in which `fault_at` finds lines. Raises ConfigurationError with file,
    line and path for every fault found (at most ten)."""
    try:
        return _read(file, model)
    except RecursionError:  # a thousand opening brackets are a file that nobody wrote by hand
        raise ConfigurationError(f"{file}: nested too deeply: write it flatter") from None


def _read(file: Path, model: type[M]) -> tuple[M, yaml.Node]:
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise ConfigurationError(
                f"{file}: over {_MAX_BYTES} bytes, nobody writes so much by hand"
            )
        text = file.read_text(encoding="utf-8")
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        raw = yaml.safe_load(text)
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: not UTF-8: save the file as UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigurationError(f"{file}:{line}: not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{file}: not YAML: {error}") from error
    if tree is None:
        raise ConfigurationError(f"{file}: is empty")
    twice = [f"{file}:{line}: {key}: stands there twice" for key, line in _repeated_keys(tree)]
    if twice:
        raise ConfigurationError("\n".join(twice[:_FAULTS_MAX]))
    try:
        return model.model_validate(raw), tree
    except ValidationError as error:
        faults = [
            (fault["loc"], fault["msg"])
            for fault in error.errors(include_url=False, include_input=False)
            if not _follows_from_others(fault, error)
        ]
        raise ConfigurationError(
            "\n".join(fault_at(file, tree, *fault) for fault in faults[:_FAULTS_MAX])
        ) from None


def _follows_from_others(fault: ErrorDetails, error: ValidationError) -> bool:
    """A list is said to be empty where all that stands in it is at fault."""
    inside = len(fault["loc"])
    return fault["type"] == "too_short" and any(
        len(other["loc"]) > inside and other["loc"][:inside] == fault["loc"]
        for other in error.errors(include_url=False, include_input=False)
    )


def fault_at(file: Path, tree: yaml.Node, place: Sequence[str | int], what: str) -> str:
    dotted = ".".join(str(part) for part in place) or "file"
    return f"{file}:{line_at(tree, place)}: {dotted}: {what.removeprefix('Value error, ')}"


def line_at(tree: yaml.Node, place: Sequence[str | int]) -> int:
    """The line of the innermost part of `place` that exists in the file, counted from 1."""
    node, line = tree, tree.start_mark.line
    for part in place:
        found = _child(node, part)
        if found is None:
            break
        key, node = found
        line = key.start_mark.line
    return line + 1


def _repeated_keys(tree: yaml.Node) -> Iterator[tuple[str, int]]:
    """Keys and lines: YAML itself would let the last one win without a word. What an alias repeats is looked
    at once: a few lines of them can stand for millions."""
    looked_at: set[int] = set()

    def inside(node: yaml.Node) -> Iterator[tuple[str, int]]:
        if id(node) in looked_at:
            return
        looked_at.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                yield from inside(item)
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if str(key.value) in seen:
                    yield str(key.value), key.start_mark.line + 1
                seen.add(str(key.value))
                yield from inside(value)

    yield from inside(tree)


def _child(node: yaml.Node, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if str(key.value) == str(part):
                return key, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        child: yaml.Node = node.value[part]
        return child, child
    return None
