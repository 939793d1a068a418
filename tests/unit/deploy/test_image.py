"""What deploy/Dockerfile promises: pinned, checked, without root, and built from what git has."""

from __future__ import annotations

import fnmatch
import re
import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
DOCKERFILE = (CHECKOUT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
LINES = DOCKERFILE.replace("\\\n", " ").splitlines()
LOCK = "deploy/requirements-services.lock"
HOW_TO_LOCK = (
    f"make the lock anew: uv pip compile pyproject.toml --extra services --extra cli -c "
    f"requirements.lock --python-version 3.11 --generate-hashes --no-emit-index-url "
    f"--no-emit-find-links --no-header -o {LOCK}"
)

PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)
NAME = re.compile(r"^[A-Za-z0-9._-]+")


def test_every_stage_starts_from_a_pinned_image() -> None:
    bases = [line.split()[1] for line in LINES if line.startswith("FROM ")]
    assert bases
    assert all(re.fullmatch(r"[a-z/]+:\d+\.\d+[\w.-]*", base) for base in bases)


def test_every_package_is_checked_by_its_hash() -> None:
    installs = [line for line in LINES if re.search(r"\bpip (\S+ \S+ )?(install|wheel)", line)]
    assert installs
    for line in installs:
        assert "--require-hashes" in line or "--no-index" in line


def test_the_image_runs_as_a_user_by_number() -> None:
    users = [line.split()[1] for line in LINES if line.startswith("USER ")]
    assert users == ["10001:10001"]


def test_all_that_is_copied_into_the_image_is_sent_to_the_builder() -> None:
    allowed = [
        line.removeprefix("!").rstrip("/")
        for line in (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").splitlines()
        if line.startswith("!")
    ]
    copied = [
        source.replace("${COMPANY}", "examples/paylater").rstrip("/")
        for line in LINES
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    ]
    assert copied
    for source in copied:
        assert (CHECKOUT / source).exists(), source
        assert any(source == root or source.startswith(f"{root}/") for root in allowed), source


def test_secrets_are_not_sent_to_the_builder() -> None:
    lines = (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*"
    assert not any(fnmatch.fnmatch(".env", line.removeprefix("!")) for line in patterns[1:])


def test_the_image_has_the_packages_that_the_tests_ran_with() -> None:
    tested = dict(PIN.findall((CHECKOUT / "requirements.lock").read_text(encoding="utf-8")))
    shipped = dict(PIN.findall((CHECKOUT / LOCK).read_text(encoding="utf-8")))
    assert shipped.items() <= tested.items(), HOW_TO_LOCK


def test_the_image_has_every_package_that_the_services_ask_for_and_nothing_to_train_with() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    shipped = dict(PIN.findall((CHECKOUT / LOCK).read_text(encoding="utf-8")))
    for wanted in (*project["dependencies"], *extras["services"], *extras["cli"]):
        found = NAME.match(wanted)
        assert found is not None
        assert found[0].lower() in shipped, f"{wanted}: {HOW_TO_LOCK}"
    assert "scikit-learn" not in shipped
