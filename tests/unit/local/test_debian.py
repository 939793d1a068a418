"""Packages are installed without starting what they bring."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from warmline.local import debian


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for Debian's file that allows or forbids the start of services."""
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(debian, "_POLICY", policy)
    return policy


@pytest.fixture
def apt_get(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An apt-get that asks the policy, as a package with a service does, and says what it heard."""
    apt_get = tmp_path / "apt-get"
    apt_get.write_text(f'#!/bin/sh\n"{tmp_path}/policy-rc.d"; echo "$@ policy=$?"\n')
    apt_get.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return apt_get


@pytest.mark.usefixtures("apt_get")
def test_services_are_forbidden_while_packages_are_installed_and_only_then(policy: Path) -> None:
    said = debian.install_packages(["redis-server"])
    assert said.splitlines() == [
        "--quiet --yes update policy=101",
        "--quiet --yes install --no-install-recommends redis-server policy=101",
    ]
    assert not policy.exists()


@pytest.mark.usefixtures("apt_get")
def test_a_policy_of_the_machine_is_respected_and_stays(policy: Path) -> None:
    policy.write_text("#!/bin/sh\nexit 104\n")
    policy.chmod(0o755)
    assert "policy=104" in debian.install_packages(["redis-server"])
    assert policy.read_text() == "#!/bin/sh\nexit 104\n"
