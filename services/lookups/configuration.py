"""What is asked of which system: `lookups.yaml` in the company's folder.

Such as:

    version: 1
    lookups:
      order:
        topics: [payment_due_date]
        url: https://orders.example.com/v1/orders/{order_number}
        parameters: {order_number: order_number}
        belongs_to: customer.id
        hosts: [orders.example.com]
        headers: {Authorization: {from_env: ORDERS_AUTHORIZATION}}
        timeout_s: 1.0
        facts:
          due_date: {field: invoice.due, kind: date}
          open_amount: {field: invoice.open, kind: amount, currency: EUR}
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.intake.facts.typed import ValueKind
from services.runtime.yaml_file import fault_at, read_yaml
from warmline.errors import ConfigurationError
from warmline.events.base import Currency, Name

FILE = "lookups.yaml"
CUSTOMER = "customer_id"
"""The parameter that the platform vouches for: whose inquiry it is."""

_FactName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
_Field = Annotated[str, StringConstraints(pattern=r"^[^.\s]{1,64}(\.[^.\s]{1,64}){0,7}$")]
_Host = Annotated[str, StringConstraints(pattern=r"^(\[[0-9a-fA-F:.]{2,45}\]|[a-z0-9.-]{1,253})$")]
_Header = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$")]
_Variable = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,127}$")]
_NOT_OURS_TO_SET = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "upgrade"}
)
_PLACE = re.compile(r"\{[^{}]*\}")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FromEnvironment(_Model):
    """A secret stands in the environment, never in the file."""

    from_env: _Variable


class FactField(_Model):
    """Where a fact stands in the answer: names and positions, joined by dots. An amount's currency
    is given here or stands in a field of its own."""

    field: _Field
    kind: ValueKind
    currency: Currency | None = None
    currency_field: _Field | None = None

    @model_validator(mode="after")
    def _one_currency(self) -> Self:
        given = [each for each in (self.currency, self.currency_field) if each is not None]
        if self.kind != "amount" and given:
            raise ValueError("only an amount has a currency")
        if self.kind == "amount" and len(given) != 1:
            raise ValueError("an amount needs either currency or currency_field")
        return self


class Lookup(_Model):
    """`parameters` are the names in braces in `url` and the kind of each; they come from the inquiry's
    attributes and from what the customer wrote. `belongs_to` is the field of the answer that must hold
    the inquiry's customer_id: what a customer writes must not show another customer's matter.

    `hosts` is where a request may go at all, also by a redirect; those in `private_hosts` may have a
    private or loopback address. `http` without encryption is for these only.
    """

    topics: tuple[Name, ...] = Field(min_length=1, max_length=100)
    url: str = Field(min_length=1, max_length=2000)
    parameters: dict[_FactName, ValueKind] = Field(min_length=1, max_length=8)
    belongs_to: _Field | None = None
    hosts: tuple[_Host, ...] = Field(min_length=1, max_length=10)
    private_hosts: tuple[_Host, ...] = Field(default=(), max_length=10)
    headers: dict[_Header, FromEnvironment] = Field(default_factory=dict, max_length=10)
    timeout_s: float = Field(default=1.0, gt=0, le=5)
    facts: dict[_FactName, FactField] = Field(min_length=1, max_length=20)

    @property
    def allowed_hosts(self) -> frozenset[str]:
        return frozenset((*self.hosts, *self.private_hosts))

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        faults = [*self._faults_of_address(), *self._faults_of_parameters()]
        faults += [
            f"headers: {name} is set by the client itself"
            for name in self.headers
            if name.lower() in _NOT_OURS_TO_SET
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _faults_of_address(self) -> Iterator[str]:
        try:
            parts = urlsplit(_PLACE.sub("x", self.url))
            host, _ = host_of(parts.netloc), parts.port
        except ValueError:
            yield "url: not an address"
            return
        before_path = self.url.partition("://")[2].partition("/")[0]
        if parts.scheme not in ("https", "http") or not host:
            yield "url: must begin with https:// or http:// and a host"
        elif parts.username is not None or parts.fragment or re.search(r"[\s\\]", self.url):
            yield "url: no user, no #, no blanks, no backslash"
        elif re.search(r"[{}?#]", before_path):
            yield "url: a parameter may stand behind the host only"
        elif host not in self.allowed_hosts:
            yield f"url: {host} is not in hosts"
        elif parts.scheme == "http" and host not in self.private_hosts:
            yield "url: http without encryption is for private_hosts only, use https"

    def _faults_of_parameters(self) -> Iterator[str]:
        try:
            used = {name for _, name, form, how in Formatter().parse(self.url) if name is not None}
            plain = all(not form and not how for _, _, form, how in Formatter().parse(self.url))
        except ValueError:
            yield "url: braces are for parameters, {name}"
            return
        if not plain:
            yield "url: a parameter is written {name}"
        for name in sorted(used ^ self.parameters.keys()):
            where = "url but not in parameters" if name in used else "parameters but not in url"
            yield f"parameters: {name!r} is in {where}"
        if CUSTOMER not in self.parameters and self.belongs_to is None:
            yield (
                f"belongs_to: missing; without {{{CUSTOMER}}} in the url it must name the field of the "
                "answer that holds the customer's id, so that nobody reads another customer's matter"
            )


class Lookups(_Model):
    version: Literal[1]
    lookups: dict[Name, Lookup] = Field(min_length=1, max_length=50)

    @model_validator(mode="after")
    def _one_source_of_a_fact(self) -> Self:
        first: dict[tuple[str, str], str] = {}
        for name, lookup in self.lookups.items():
            for topic in lookup.topics:
                for fact in lookup.facts:
                    other = first.setdefault((topic, fact), name)
                    if other != name:
                        raise ValueError(f"{topic}: {fact!r} comes from {other!r} and {name!r}")
        return self

    def of(self, topic: str | None) -> dict[str, Lookup]:
        return {name: one for name, one in self.lookups.items() if topic in one.topics}


@dataclass(frozen=True, slots=True)
class Source:
    """The file with the values of its secrets, by look-up and header."""

    lookups: Lookups
    headers: Mapping[str, Mapping[str, str]]


def host_of(netloc: str) -> str:
    """In lower case, an IPv6 address in its brackets, without the port."""
    return re.sub(r":[0-9]*$", "", netloc.rpartition("@")[2]).lower()


def load_lookups(company: Path, environment: Mapping[str, str] | None = None) -> Source | None:
    """Those of the company's folder; None for one without the file. Raises ConfigurationError with file,
    line and path of every fault, a missing environment variable included."""
    file = company / FILE
    if not file.exists():
        return None
    lookups, tree = read_yaml(file, Lookups)
    known = os.environ if environment is None else environment
    missing = [
        fault_at(
            file,
            tree,
            place,
            f"the environment variable {variable} is not set, or no header's value",
        )
        for place, variable in _variables(lookups)
        if not _is_header_value(known.get(variable, ""))
    ]
    if missing:
        raise ConfigurationError("\n".join(missing))
    return Source(
        lookups,
        {
            name: {header: known[its.from_env] for header, its in one.headers.items()}
            for name, one in lookups.lookups.items()
        },
    )


def check_lookups(
    company: Path, slots: Iterable[tuple[str, str, ValueKind]] = ()
) -> tuple[Lookups | None, list[str]]:
    """The file, and what is wrong with it, by file and line; secrets are not looked at. `slots` are topic,
    name and kind of the articles' slots: a fact of another kind would never fill one."""
    file = company / FILE
    if not file.exists():
        return None, []
    try:
        lookups, tree = read_yaml(file, Lookups)
    except ConfigurationError as error:
        return None, str(error).splitlines()
    faults = []
    for topic, slot, kind in slots:
        for name, lookup in lookups.of(topic).items():
            given = lookup.facts.get(slot)
            if given is not None and given.kind != kind:
                place = ("lookups", name, "facts", slot, "kind")
                what = f"{given.kind}, but an article on {topic} has a slot {slot}: {kind}"
                faults.append(fault_at(file, tree, place, what))
    return lookups, list(dict.fromkeys(faults))


def _variables(lookups: Lookups) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, one in lookups.lookups.items():
        for header, its in one.headers.items():
            yield ("lookups", name, "headers", header, "from_env"), its.from_env


def _is_header_value(value: str) -> bool:
    return bool(value) and value.isascii() and value.isprintable()
