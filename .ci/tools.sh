#!/usr/bin/env bash
# Unpacks helm and kind, which are prepared for this machine, and prints their folder.
#
#   export HELM=$(.ci/tools.sh)/helm
set -euo pipefail
shared=$(cd "$(dirname "$0")/../../shared/cluster" && pwd)
tools=${XDG_CACHE_HOME:-$HOME/.cache}/mlflow-gateway/tools
if ! [ -x "$tools/helm" ]; then
  mkdir -p "$tools.part"
  tar --zstd -xf "$shared/tools.tar.zst" -C "$tools.part"
  mv "$tools.part" "$tools"
fi
echo "$tools"
