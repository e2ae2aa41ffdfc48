#!/usr/bin/env bash
# Tests, types and packages of clients/python, in a Python environment of its own, which is made once.
set -euo pipefail
uv=${MLFLOW_GATEWAY_UV:-$(.ci/uv.sh)}
requirements=clients/python/requirements-dev.txt
dir=${XDG_CACHE_HOME:-$HOME/.cache}/mlflow-gateway/python-helper-$(sha256sum "$requirements" | cut -c 1-8)
if ! [ -e "$dir/.installed" ]; then
  rm -rf "$dir"
  python3 -m venv "$dir"
  "$uv" pip install --quiet --python "$dir/bin/python" --requirement "$requirements"
  touch "$dir/.installed"
fi
export PATH="$dir/bin:$PATH" PYTHONDONTWRITEBYTECODE=1
cd clients/python
PYTHONPATH=src python -m unittest discover -s tests -t .
mypy --cache-dir "$dir/mypy"
dist=$(mktemp -d)
trap 'rm -rf "$dist"' EXIT
python -m build --no-isolation --outdir "$dist" .
twine check --strict "$dist"/*
