#!/bin/sh
# Rewrites the locked requirements from pyproject.toml. Needs uv; with --upgrade it moves to newer versions.
set -eu
cd "$(dirname "$0")/.."
lock() {
  output=$1
  shift
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
    --no-annotate "$@" --output-file "$output" pyproject.toml
}
lock requirements.txt --all-extras "$@"
# What the State's theme is made from is never imported: without what it would need to run.
uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
  --no-annotate --no-deps "$@" --output-file requirements/theme.txt --group theme
# Each image gets the versions that were tested together.
for service in identity consultation gateway provision; do
  lock "requirements/$service.txt" --extra "$service" --constraint requirements.txt
done
# Oracles of tests live in an environment of their own.
uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
  --no-annotate "$@" --output-file tests/oracles/requirements.txt tests/oracles/requirements.in
