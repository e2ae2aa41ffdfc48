#!/usr/bin/env bash
# Builds skipper, an Ingress controller (https://opensource.zalando.com/skipper/kubernetes/ingress-controller/), from its Go
# module, on a machine that cannot pull its image.
#
#   .ci/images/skipper.sh ghcr.io/zalando/skipper:v0.25.0
set -euo pipefail
image=$1
version=${image##*:}
module=github.com/zalando/skipper
sum=h1:r2odzN6iNT7c089xRzx6IHRIvX09ShXYMe/ZO/ci8YM= # of v0.25.0, in the form of go.sum
! docker image inspect "$image" >/dev/null 2>&1 || exit 0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mlflow-gateway/skipper-$version
if ! [ -x "$cache/skipper" ]; then
  rm -rf "$cache.part"
  downloaded=$(go mod download -json "$module@$version")
  [ "$(jq -r .Sum <<<"$downloaded")" = "$sum" ] || { echo "$module@$version has another checksum" >&2; exit 1; }
  cp -r --no-preserve=mode "$(jq -r .Dir <<<"$downloaded")" "$cache.part"
  # As the main module, with its own go.sum.
  (cd "$cache.part" && GOFLAGS=-buildvcs=false CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o skipper-binary ./cmd/skipper) >&2
  mkdir -p "$cache"
  mv "$cache.part/skipper-binary" "$cache/skipper"
  rm -rf "$cache.part"
fi
printf 'FROM scratch\nCOPY skipper /usr/bin/skipper\nENV PATH=/usr/bin\nUSER 65532:65532\n' |
  DOCKER_BUILDKIT=0 docker build --quiet --tag "$image" --file - "$cache" >/dev/null
