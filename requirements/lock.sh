#!/bin/sh
# Writes the hashed locks for every Python and platform the project supports, with no index's address in them.
# Needs uv on PATH. Pass --upgrade to take newer versions; without it the locked ones stay where they can.
set -eu
cd "$(dirname "$0")/.."

export UV_CUSTOM_COMPILE_COMMAND="make lock"

lock() {
    output=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
        --no-emit-index-url --no-emit-find-links --output-file "requirements/$output" "$@" >/dev/null
}

lock run.txt pyproject.toml --extra postgres --group build "$@"
lock test.txt pyproject.toml --all-extras --group build --constraint requirements/run.txt "$@"
lock node.txt --group node "$@"
