#!/usr/bin/env bash
# Builds local/debian:bookworm-python (Debian with its Python 3.11) with debootstrap, on a machine that can pull no image. Does
# nothing if the image exists.
# Needs root, docker running, and apt's own mirror.
set -euo pipefail
image=${1:-local/debian:bookworm-python}
! docker image inspect "$image" >/dev/null 2>&1 || exit 0
command -v debootstrap >/dev/null || apt-get install -y -qq debootstrap >/dev/null
mirror=$(apt-cache policy | grep -om1 'http[^ ]*/debian ' | tr -d ' ')
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=libatomic1,ca-certificates,python3 bookworm "$root" "$mirror" >/dev/null
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
# The certificate authorities of this machine, so that a build in the image can reach the same registries.
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
tar -C "$root" -c . | docker import - "$image" >/dev/null
