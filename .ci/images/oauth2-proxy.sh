#!/usr/bin/env bash
# Builds oauth2-proxy from its Go module, on a machine that cannot pull its image, and prints the path of the binary. With a
# NAME:TAG it also builds an image.
#
#   export OAUTH2_PROXY=$(.ci/images/oauth2-proxy.sh)
#   .ci/images/oauth2-proxy.sh quay.io/oauth2-proxy/oauth2-proxy:v7.15.4
set -euo pipefail
cd "$(dirname "$0")/oauth2-proxy"
version=$(awk '$2 ~ /oauth2-proxy\/v7$/ { print $3 } $1 ~ /oauth2-proxy\/v7$/ { print $2 }' go.mod)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mlflow-gateway/oauth2-proxy-$version
if ! [ -x "$cache/oauth2-proxy" ]; then
  mkdir -p "$cache"
  GOFLAGS=-mod=mod CGO_ENABLED=0 go build -trimpath \
    -ldflags "-s -w -X github.com/oauth2-proxy/oauth2-proxy/v7/pkg/version.VERSION=$version" \
    -o "$cache/oauth2-proxy.part" github.com/oauth2-proxy/oauth2-proxy/v7 >&2
  mv "$cache/oauth2-proxy.part" "$cache/oauth2-proxy"
fi
if [ $# -gt 0 ]; then
  printf 'FROM scratch\nCOPY oauth2-proxy /bin/oauth2-proxy\nUSER 65532:65532\nENTRYPOINT ["/bin/oauth2-proxy"]\n' |
    DOCKER_BUILDKIT=0 docker build --quiet --tag "$1" --file - "$cache" >/dev/null
fi
echo "$cache/oauth2-proxy"
