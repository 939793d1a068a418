"""A model as a folder: `model.json` and one `.npy` file for each array. No pickle.

A folder is complete or absent: it is written beside its place and renamed. A file that was changed,
cut or swapped since fails its checksum when it is loaded; there is no silent default.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from services.router.triage.card import FORMAT, ArrayFacts, Card
from services.runtime.errors import ModelError

CARD_FILE = "model.json"
_CARD_MAX_BYTES = 8 * 1024 * 1024

Arrays = dict[str, NDArray[np.generic]]


def facts(array: NDArray[np.generic]) -> ArrayFacts:
    """What the card says about an array; the checksum is over its bytes, dtype and shape."""
    plain = np.ascontiguousarray(array)
    digest = hashlib.sha256(f"{plain.dtype.str}{plain.shape}".encode())
    digest.update(plain.data if plain.size else b"")
    return ArrayFacts(sha256=digest.hexdigest(), dtype=plain.dtype.str, shape=plain.shape)


def write(folder: Path, card: Card, arrays: Arrays, files: Mapping[str, bytes]) -> None:
    """Replaces `folder` whole, `files` included; readers that have the old one open keep it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        for name, array in arrays.items():
            np.save(fresh / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)
        for file, content in files.items():
            (fresh / file).write_bytes(content)
        text = json.dumps(card.model_dump(mode="json"), indent=2, ensure_ascii=False)
        (fresh / CARD_FILE).write_text(text + "\n", encoding="utf-8")
        _put(fresh, folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def install(source: Path, folder: Path) -> None:
    """Puts a copy of the model in `source`, its certificate included, into the place of `folder`. Where
    `folder` is a symbolic link, it is pointed at `source` instead, in one step."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        if folder.is_symlink():
            link = fresh / folder.name
            link.symlink_to(source.resolve())
            link.replace(folder)
            fresh.rmdir()
        else:
            shutil.copytree(source, fresh, dirs_exist_ok=True)
            _put(fresh, folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _put(fresh: Path, folder: Path) -> None:
    """Moves a complete folder into its place; what was there before is deleted."""
    fresh.chmod(0o755)
    if not folder.exists():
        fresh.rename(folder)
        return
    retired = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    folder.rename(retired / folder.name)
    fresh.rename(folder)
    shutil.rmtree(retired)


def read(folder: Path) -> tuple[Card, Arrays]:
    """The card and its arrays, memory-mapped and read-only.

    Raises ModelError for a folder that is missing, damaged, or of another kind or format.
    """
    card = _read_card(folder / CARD_FILE)
    return card, {name: _read_array(folder / f"{name}.npy", f) for name, f in card.arrays.items()}


def _read_card(path: Path) -> Card:
    try:
        if path.stat().st_size > _CARD_MAX_BYTES:
            raise ModelError(f"{path} is too large to be a model card")
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(
            f"cannot read the model card {path}: {error.strerror or error}; "
            "make a model with `warmline train`"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is not valid JSON ({error}); train the model again") from error
    found = content.get("format") if isinstance(content, dict) else None
    if found != FORMAT:
        raise ModelError(f"{path} has the format {found!r}, this release reads {FORMAT!r}")
    try:
        return Card.model_validate_json(json.dumps(content))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ModelError(f"{path}: {where}: {first['msg']}; train the model again") from error


def _read_array(path: Path, expected: ArrayFacts) -> NDArray[np.generic]:
    try:
        mapped: NDArray[np.generic] = np.load(path, mmap_mode="r", allow_pickle=False)
        array = mapped.view(np.ndarray)  # as mapped as before; numpy's own class is slow to index
        found = facts(array)
    except (OSError, ValueError, EOFError) as error:
        raise ModelError(
            f"{path} is missing or damaged ({error}); train the model again"
        ) from error
    if found != expected:
        raise ModelError(
            f"{path} does not match its model card: it was changed, cut or swapped; "
            "train the model again or copy the whole folder"
        )
    return array
