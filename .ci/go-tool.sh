#!/usr/bin/env bash
# Builds a program from its Go module once, on a machine that cannot download its release, and prints the path of the binary. The
# checksum is that of the module, as go.sum has it; the module's own go.sum pins what it depends on.
#
#   .ci/go-tool.sh actionlint
set -euo pipefail
name=$1
ldflags=
case $name in
  actionlint) module=github.com/rhysd/actionlint@v1.7.12 sum=h1:vQ4GeJN86C0QH+gTUQcs8McmK62OLT3kmakPMtEWYnY= ;;
  crane) module=github.com/google/go-containerregistry@v0.22.1 sum=h1:RZuuSYhTvlDvtsK+NkutoCZ//C0X2ebLK8X8l3ULs84= ;;
  cosign) module=github.com/sigstore/cosign/v3@v3.1.3 sum=h1:001JQRI/PJ/5T+g/kJ1KTvKFbb322+fomc+pHDZ/6sg= ;;
  buildkitd) module=github.com/moby/buildkit@v0.34.2 sum=h1:fXgOe79JW5zJNDumRtwTemOklLX66otQokObUXuiGJo= ;;
  buildx) module=github.com/docker/buildx@v0.38.2 sum=h1:TTn5GXRaZatKpvJ4l7xXuS/N8kTIkLFP0WvGRkbbW9U= ;;
  *) echo "go-tool: unknown program $name" >&2; exit 2 ;;
esac
version=${module##*@}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mlflow-gateway/$name-$version
if ! [ -x "$cache/$name" ]; then
  downloaded=$(cd / && go mod download -json "$module")
  [ "$(jq -r .Sum <<<"$downloaded")" = "$sum" ] || { echo "$module has another checksum" >&2; exit 1; }
  # As the main module, with its own go.sum. It may be a binary of the module's root or of a folder in cmd.
  rm -rf "$cache.part"
  cp -r --no-preserve=mode "$(jq -r .Dir <<<"$downloaded")" "$cache.part"
  (
    cd "$cache.part"
    GOFLAGS="-buildvcs=false -p=2" CGO_ENABLED=0 go build -trimpath -ldflags "-s -w $ldflags" -o "built-$name" "./cmd/$name"
  ) >&2
  mkdir -p "$cache"
  mv "$cache.part/built-$name" "$cache/$name"
  rm -rf "$cache.part"
fi
echo "$cache/$name"
