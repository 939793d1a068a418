"""Hypothesis strategies for any payload, made from the type hints that the models are made of."""

from __future__ import annotations

import types
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Le, MinLen
from hypothesis import reject
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, ValidationError

from warmline.events.base import (
    Attributes,
    Currency,
    Id,
    Language,
    Name,
    Note,
    Probability,
    Scalar,
    Text,
)
from warmline.events.desk import DeskOrder
from warmline.events.work import DraftReason

_VISIBLE = st.characters(exclude_categories=["Cs", "Cc", "Z"])
_ANY = st.characters(exclude_categories=["Cs"])
_INT64 = st.integers(-(2**63), 2**63 - 1)
_SCALARS = (
    st.text(_ANY, max_size=40)
    | st.booleans()
    | _INT64
    | st.floats(allow_nan=False, allow_infinity=False)
)

_NAMED: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (Id, st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30)),
    (Currency, st.text("ABCXYZ", min_size=3, max_size=3)),
    (Name, st.text(_VISIBLE, min_size=1, max_size=30)),
    (Language, st.sampled_from(("en", "de", "und"))),
    (
        Text,
        st.builds(lambda a, b: a + b, st.text(_VISIBLE, min_size=1), st.text(_ANY, max_size=60)),
    ),
    (Note, st.text(_ANY, max_size=60)),
    (Probability, st.floats(0, 1)),
    (Scalar, _SCALARS),
    (
        Attributes,
        st.dictionaries(st.text(_ANY, min_size=1, max_size=10), _SCALARS, max_size=4),
    ),
    (DraftReason, st.sampled_from(("wrong", "other"))),
    (DeskOrder, st.builds("{}-{}-{}".format, *[st.integers(0, 10**6 - 1)] * 3)),
    (date, st.dates()),
    (AwareDatetime, st.datetimes(datetime(1990, 1, 1), timezones=st.just(UTC))),
]


def payloads(kind: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Valid instances of `kind`: those that its own validators refuse are not drawn."""
    hints = get_type_hints(kind, include_extras=True)
    fields = {
        name: _values(hints[name], field.metadata) for name, field in kind.model_fields.items()
    }
    optional = [name for name, field in kind.model_fields.items() if not field.is_required()]
    required = {name: fields[name] for name in fields if name not in optional}
    return st.fixed_dictionaries(required, optional={name: fields[name] for name in optional}).map(
        _built(kind)
    )


def _built(kind: type[BaseModel]) -> Callable[[dict[str, Any]], BaseModel]:
    def build(fields: dict[str, Any]) -> BaseModel:
        try:
            return kind(**fields)
        except ValidationError:
            reject()

    return build


def _values(hint: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:
    for named, strategy in _NAMED:
        if hint == named:
            return strategy
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _values(arguments[0], [*metadata, *arguments[1:]])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of([_values(argument, metadata) for argument in arguments])
    if origin is tuple:
        least = next((mark.min_length for mark in metadata if isinstance(mark, MinLen)), 0)
        return st.lists(_values(arguments[0], []), min_size=least, max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(*(_values(argument, []) for argument in arguments), max_size=3)
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return payloads(hint)
    return _plain(hint, metadata)


def _plain(hint: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:
    if hint is int:
        least = next((mark.ge for mark in metadata if isinstance(mark, Ge)), -(2**63))
        most = next((mark.le for mark in metadata if isinstance(mark, Le)), 2**63 - 1)
        return st.integers(int(str(least)), int(str(most)))
    if hint is float:
        bounds = [float(str(mark.ge)) for mark in metadata if isinstance(mark, Ge)]
        return st.floats(*bounds, allow_infinity=False, allow_nan=False)
    if hint is Decimal:
        return st.decimals(0, 10**6, places=9)
    simple = {bool: st.booleans(), str: st.text(_ANY, max_size=60), type(None): st.none()}
    if hint not in simple:
        raise NotImplementedError(f"no strategy for {hint}")
    return simple[hint]
