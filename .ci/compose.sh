#!/usr/bin/env bash
# Builds Docker Compose from its Go module, on a machine without its plugin, and prints the path of the binary. It takes minutes, once.
#
#   export E2E_COMPOSE=$(.ci/compose.sh) GATEWAY_IMAGE=mlflow-gateway:e2e
#   npm run e2e:compose
set -euo pipefail
cd "$(dirname "$0")/compose"
version=$(awk '$2 ~ /docker\/compose\/v2$/ { print $3 }' go.mod)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mlflow-gateway/compose-$version
if ! [ -x "$cache/docker-compose" ]; then
  mkdir -p "$cache"
  GOFLAGS=-mod=mod CGO_ENABLED=0 go build -trimpath \
    -ldflags "-s -w -X github.com/docker/compose/v2/internal.Version=$version" \
    -o "$cache/docker-compose.part" github.com/docker/compose/v2/cmd >&2
  mv "$cache/docker-compose.part" "$cache/docker-compose"
fi
echo "$cache/docker-compose"
