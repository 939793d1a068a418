"""What must never be in a log, and how a service that cannot start says so."""

from __future__ import annotations

import json
import logging

import pytest

from services.runtime.entry import EXIT_CONFIGURATION, run_main
from services.runtime.settings import ServiceSettings, unknown_variables
from services.runtime.telemetry import configure_logging, get_logger
from warmline.errors import ConfigurationError


def test_fields_that_hold_personal_data_are_redacted(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:]
    try:
        configure_logging(ServiceSettings(), "test")
        get_logger("x").info("said", text="I am Jane Doe", customer_id="c-1", inquiry_id="i-1")
    finally:
        logging.getLogger().handlers[:] = before
    line = json.loads(capsys.readouterr().err.strip().splitlines()[-1])
    assert line["text"] == "[redacted]"
    assert line["customer_id"] == "[redacted]"
    assert line["inquiry_id"] == "i-1"
    assert line["service"] == "test"


def test_a_configuration_fault_ends_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> None:
        raise ConfigurationError("topics.yaml: line 3: no such key")

    with pytest.raises(SystemExit) as ended:
        run_main(main)
    assert ended.value.code == EXIT_CONFIGURATION
    assert capsys.readouterr().err == ("warmline: cannot start: topics.yaml: line 3: no such key\n")


def test_a_bad_setting_is_named_as_the_environment_spells_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARMLINE_BATCH_MAX", "many")
    with pytest.raises(SystemExit):
        run_main(lambda: print(ServiceSettings()))
    said = capsys.readouterr().err
    assert "WARMLINE_BATCH_MAX" in said
    assert "many" not in said


def test_a_variable_that_nobody_reads_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARMLINE_REDIS_URI", "typo")
    assert "WARMLINE_REDIS_URI" in unknown_variables(ServiceSettings)


def test_secrets_do_not_show_in_settings() -> None:
    settings = ServiceSettings(redis_url="redis://:hunter2@127.0.0.1/0")
    assert "hunter2" not in repr(settings)
