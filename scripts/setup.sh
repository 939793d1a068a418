#!/usr/bin/env bash
# Makes a virtual environment with the locked packages and, editable, the project.
# Usage: scripts/setup.sh FOLDER
#
# Takes $PYTHON (default python3). pip's own settings (PIP_* and pip.conf) are left as they are.
set -euo pipefail

venv="$1"
python="${PYTHON:-python3}"

fail() {
    echo "setup: $*" >&2
    exit 1
}

check_python() {
    command -v "$python" >/dev/null ||
        fail "$python not found. Install Python 3.11 or newer, or set PYTHON to where it is."
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$("$python" --version) is too old: set PYTHON to a Python 3.11 or newer."
}

# Debian's python3 comes without ensurepip, which a virtual environment needs.
ensure_venv_module() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null && return
    local package
    package="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
        fail "$python cannot make virtual environments. On Debian or Ubuntu:" \
            "\`sudo apt-get install $package\`."
    fi
    echo "Installing $package with apt-get"
    {
        apt-get -q update
        DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "$package"
    } >/dev/null </dev/null || fail "apt-get could not install $package; see above."
}

check_python
if [[ ! -x "$venv/bin/pip" ]]; then
    ensure_venv_module
    echo "Making $venv with $("$python" --version)"
    "$python" -m venv "$venv"
fi

echo "Installing the packages of requirements.lock (about a minute the first time)"
"$venv/bin/pip" install --quiet --require-hashes --requirement requirements.lock </dev/null

# Everything it needs is there by now: no index is asked, and no other setuptools is fetched to build.
"$venv/bin/pip" install --quiet --no-index --no-deps --no-build-isolation --editable . </dev/null
