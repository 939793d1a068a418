from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.agents.cli import config
from services.bot.kb_command import app as kb
from services.lookups.configuration import check_lookups, load_lookups
from tests.unit.lookups.build import write
from warmline.errors import ConfigurationError

RUN = CliRunner()


def test_a_company_without_the_file_has_none(tmp_path: Path) -> None:
    assert load_lookups(tmp_path) is None
    assert check_lookups(tmp_path) == (None, [])


def test_a_good_file_is_read_with_the_secret_from_the_environment(tmp_path: Path) -> None:
    write(tmp_path, headers={"Authorization": {"from_env": "ORDERS_AUTHORIZATION"}})
    source = load_lookups(tmp_path, {"ORDERS_AUTHORIZATION": "Bearer x"})
    assert source is not None
    assert source.headers == {"order": {"Authorization": "Bearer x"}}
    assert list(source.lookups.of("payment_due_date")) == ["order"]
    assert source.lookups.of("refund_status") == source.lookups.of(None) == {}


@pytest.mark.parametrize("value", ["", "two\nlines", "ümlaut"])
def test_a_missing_or_broken_secret_is_named_with_its_line(tmp_path: Path, value: str) -> None:
    file = write(tmp_path, headers={"Authorization": {"from_env": "ORDERS_AUTHORIZATION"}})
    with pytest.raises(ConfigurationError) as raised:
        load_lookups(tmp_path, {"ORDERS_AUTHORIZATION": value})
    line = _line_of(file, "from_env")
    assert f"lookups.yaml:{line}: lookups.order.headers.Authorization.from_env" in str(raised.value)
    assert "two" not in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"url": "http://orders.example.com/{order_number}"}, "http without encryption"),
        ({"url": "ftp://orders.example.com/{order_number}"}, "must begin with https"),
        ({"url": "https://{order_number}.example.com/"}, "behind the host only"),
        ({"url": "https://orders.example.com:{order_number}/"}, "not an address"),
        ({"url": "https://orders.example.com{order_number}/"}, "behind the host only"),
        ({"url": "https://a:b@orders.example.com/{order_number}"}, "no user"),
        ({"url": "https://orders.example.com/{order_number}#x"}, "no user, no #"),
        ({"url": "https://orders.example.com/{order_number}/{other}"}, "'other' is in url"),
        ({"url": "https://orders.example.com/fixed"}, "'order_number' is in parameters"),
        ({"url": "https://orders.example.com/{order_number!r}"}, "written {name}"),
        ({"url": "https://orders.example.com/{order_number.__class__}"}, "is in url"),
        ({"url": "https://orders.example.com/{order_number"}, "braces"),
        ({"url": "https://elsewhere.example.com/{order_number}"}, "is not in hosts"),
        ({"hosts": ["https://orders.example.com"]}, "hosts.0"),
        ({"belongs_to": None}, "nobody reads another customer's matter"),
        ({"headers": {"Host": {"from_env": "X"}}}, "set by the client"),
        ({"headers": {"X-Key": "plain-secret"}}, "headers.X-Key"),
        ({"timeout_s": 60}, "timeout_s"),
        ({"parameters": {"order_number": "anything"}}, "parameters.order_number"),
        ({"facts": {"due": {"field": "due", "kind": "amount"}}}, "currency"),
        ({"facts": {"due": {"field": "due", "kind": "date", "currency": "EUR"}}}, "only an amount"),
        ({"facts": {}}, "facts"),
        ({"method": "POST"}, "method"),
    ],
)
def test_a_fault_is_named_by_file_line_and_path(
    tmp_path: Path, changes: dict[str, Any], what: str
) -> None:
    file = write(tmp_path, **changes)
    _, faults = check_lookups(tmp_path)
    assert any(what in fault for fault in faults), faults
    assert all(fault.startswith(f"{file}:") for fault in faults)
    with pytest.raises(ConfigurationError):
        load_lookups(tmp_path, {})


def test_a_customers_own_id_in_the_address_needs_no_field_to_belong_to(tmp_path: Path) -> None:
    write(
        tmp_path,
        belongs_to=None,
        url="https://orders.example.com/{customer_id}/orders/{order_number}",
        parameters={"customer_id": "text", "order_number": "order_number"},
    )
    assert check_lookups(tmp_path)[1] == []


def test_both_checks_of_the_command_line_name_a_fault(tmp_path: Path) -> None:
    company = Path(shutil.copytree("examples/paylater", tmp_path / "company"))
    write(company, timeout_s=0)
    for command, arguments in (
        (kb, ["check", "--company", str(company)]),
        (config, ["check", str(company)]),
    ):
        result = RUN.invoke(command, arguments)
        assert result.exit_code == 1
        said = result.output.replace("\n", "") + str(result.exception)
        assert "lookups.order.timeout_s" in said


def test_a_fact_of_another_kind_than_an_articles_slot_is_a_fault(tmp_path: Path) -> None:
    company = Path(shutil.copytree("examples/paylater", tmp_path / "company"))
    file = write(company, facts={"due_date": {"field": "due", "kind": "text"}})
    result = RUN.invoke(kb, ["check", "--company", str(company)])
    assert result.exit_code == 1
    line = _line_of(file, "kind: text")
    assert f"lookups.yaml:{line}: lookups.order.facts.due_date.kind: text" in result.output.replace(
        "\n", ""
    )


def _line_of(file: Path, words: str) -> int:
    return next(n for n, line in enumerate(file.read_text().splitlines(), 1) if words in line)
