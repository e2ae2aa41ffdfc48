#!/usr/bin/env bash
# Installs uv, which fills a Python environment about ten times faster than pip, and prints its path. dev/pip.ts uses it when
# MLFLOW_GATEWAY_UV names it.
#
#   export MLFLOW_GATEWAY_UV=$(.ci/uv.sh)
set -euo pipefail
version=0.13.9
dir=${XDG_CACHE_HOME:-$HOME/.cache}/mlflow-gateway/uv-$version
if ! [ -x "$dir/bin/uv" ]; then
  rm -rf "$dir"
  python3 -m venv "$dir" >&2
  "$dir/bin/pip" install --quiet "uv==$version" >&2
fi
echo "$dir/bin/uv"
