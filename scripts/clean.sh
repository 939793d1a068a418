#!/usr/bin/env bash
# Stops what runs from this checkout, then deletes its data and all caches. The virtual environment
# and Kafka's jars stay: they are the same after the next set-up.
# Usage: scripts/clean.sh VENV
set -euo pipefail

venv="$1"

# Deleting the pid files of running servers would leave nobody who can stop them.
if [[ -d .warmline && -x "$venv/bin/warmline" ]]; then
    "$venv/bin/warmline" down
fi

if [[ -d .warmline ]]; then
    find .warmline -mindepth 1 -maxdepth 1 ! -name cache -exec rm -rf {} +
fi
rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist ./*.egg-info
find . \( -name "$venv" -o -name .git -o -name node_modules \) -prune -o \
    -name __pycache__ -type d -exec rm -rf {} +
echo "Clean. To start over completely: rm -rf $venv .warmline"
