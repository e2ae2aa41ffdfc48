#!/usr/bin/env bash
# Unpacks QEMU's emulator of an arm64 process from Debian's package, once, and prints the path of the binary. It is not installed, because
# the package registers itself in the kernel.
set -euo pipefail
cache=${XDG_CACHE_HOME:-$HOME/.cache}/mlflow-gateway/qemu
if ! [ -x "$cache/qemu-aarch64-static" ]; then
  mkdir -p "$cache"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && apt-get download -qq qemu-user-static && dpkg-deb --fsys-tarfile ./*.deb | tar -x ./usr/bin/qemu-aarch64-static) >&2
  mv "$work/usr/bin/qemu-aarch64-static" "$cache/"
fi
echo "$cache/qemu-aarch64-static"
