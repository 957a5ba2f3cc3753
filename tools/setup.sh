# Sourced by the tools: everything a fresh Debian-like machine needs, asked for only where missing.
# shellcheck shell=bash

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/.venv
policy_file=/usr/sbin/policy-rc.d

say() { printf '%s\n' "$*" >&2; }

die() {
    say "error: $1"
    shift
    for line in "$@"; do say "  $line"; done
    exit 1
}

# Run a command as root, or fail where that is not possible without a password.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo -n -- "$@"
    else
        return 1
    fi
}

can_install_packages() { command -v apt-get >/dev/null && as_root true; }

# Install Debian packages without starting the daemons that come in them.
install_packages() {
    local policy=$policy_file status=0
    as_root test -e "$policy" && as_root mv "$policy" "$policy.enumd-saved"
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    {
        as_root apt-get update -qq &&
            as_root env DEBIAN_FRONTEND=noninteractive \
                apt-get install -y -qq --no-install-recommends "$@"
    } >&2 || status=$?
    as_root rm -f "$policy"
    as_root test -e "$policy.enumd-saved" && as_root mv "$policy.enumd-saved" "$policy"
    return "$status"
}

# Print a Python of at least 3.11 that can make virtual environments.
find_python() {
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
            2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

# Make .venv and install this tree and the extras named in it, unless that is done already.
prepare() {
    local extras=$1 python wanted done_before
    wanted="$extras $(cksum <"$root/pyproject.toml")"
    done_before=$(cat "$venv/.prepared" 2>/dev/null || true)
    if [ "$wanted" = "$done_before" ] || [ "test${wanted#"$extras"}" = "$done_before" ]; then
        return
    fi
    if ! python=$(find_python); then
        can_install_packages && install_packages python3 python3-venv
        python=$(find_python) || die "enumd needs Python 3.11 or newer with the module venv" \
            "on Debian and Ubuntu: apt-get install python3 python3-venv"
    fi
    say "preparing $venv with $("$python" --version)"
    [ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check \
        --editable "$root${extras:+[$extras]}" >&2 || die "the Python packages could not be installed" \
        "The lines above say which one. Without a network, point pip at a mirror or a directory" \
        "of wheels (PIP_INDEX_URL, PIP_FIND_LINKS, PIP_NO_INDEX) and run this again."
    printf '%s\n' "$wanted" >"$venv/.prepared"
}
