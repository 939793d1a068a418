from __future__ import annotations

import subprocess
import sys

import pytest

from services.bot.app import build
from services.bot.settings import BotSettings
from warmline.errors import ConfigurationError


def test_without_an_endpoint_nothing_of_the_model_is_imported() -> None:
    code = (
        "import sys; from services.bot.app import build; from services.bot.settings import BotSettings;"
        "build(BotSettings());"
        "loaded = [m for m in sys.modules if m.startswith(('openai', 'services.language_model.model',"
        " 'services.language_model.guard', 'py3langid'))];"
        "assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_an_endpoint_the_peoples_desk_imports_nothing_of_it_either() -> None:
    code = (
        "import sys; from services.agents.server import build_api;"
        "from services.agents.settings import AgentsSettings; build_api(AgentsSettings());"
        "loaded = [m for m in sys.modules if m.startswith(('openai', 'services.language_model.model',"
        " 'services.language_model.guard', 'py3langid'))];"
        "assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_endpoint_needs_the_name_of_its_model() -> None:
    with pytest.raises(ConfigurationError, match="WARMLINE_MODEL_NAME"):
        build(BotSettings(model_url="http://127.0.0.1:9/v1"))


def test_a_missing_package_is_named_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("services.language_model.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(ConfigurationError, match=r"warmline\[model\]"):
        build(BotSettings(model_url="http://127.0.0.1:9/v1", model_name="small"))


def test_empty_variables_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARMLINE_MODEL_URL", "")
    assert BotSettings().model_url is None


def test_the_key_is_never_shown() -> None:
    assert "abc123" not in repr(BotSettings.model_validate({"model_key": "abc123"}))
