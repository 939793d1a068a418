#!/usr/bin/env bash
# Writes both lock files anew from pyproject.toml; pins that stand and still fit are kept.
# Usage: scripts/lock.sh FOLDER (a virtual environment, for uv); pass --upgrade to take newer versions.
set -euo pipefail

venv="$1"
shift
"$venv/bin/pip" install --quiet uv </dev/null

lock() {
    "$venv/bin/uv" pip compile pyproject.toml --quiet --python-version 3.11 --generate-hashes \
        --no-header --no-emit-index-url --no-emit-find-links "$@"
}

lock --all-extras --output-file requirements.lock "$@"
lock --extra cli --extra services --extra model --constraint requirements.lock \
    --output-file deploy/requirements-services.lock
