#!/usr/bin/env bash
# Extracts kube-apiserver, etcd and kubectl from the kind node image that is prepared for this machine, into a folder with the layout of
# KUBEBUILDER_ASSETS: the tests of the chart can then use a real API server. Prints the folder.
#
#   export KUBEBUILDER_ASSETS=$(.ci/kube-assets.sh)
set -euo pipefail
shared=$(cd "$(dirname "$0")/../../shared/cluster" && pwd)
assets=${XDG_CACHE_HOME:-$HOME/.cache}/mlflow-gateway/kube-assets
if ! [ -x "$assets/etcd" ]; then
  mkdir -p "$assets"
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  zstd -qdc --long=29 "$shared/node-image.tar.zst" | tar -xO layer.tar |
    tar -x -C "$work" ./usr/bin/kube ./var/lib/containerd/io.containerd.content.v1.content/blobs
  cp "$work/usr/bin/kube" "$assets/kube"
  ln -sf kube "$assets/kube-apiserver"
  ln -sf kube "$assets/kubectl"
  # etcd is inside its own image; the layer is one of the blobs.
  for blob in "$work"/var/lib/containerd/io.containerd.content.v1.content/blobs/sha256/*; do
    if tar -tf "$blob" ./usr/local/bin/etcd >/dev/null 2>&1; then
      tar -xOf "$blob" ./usr/local/bin/etcd >"$assets/etcd.part"
      break
    fi
  done
  chmod +x "$assets/etcd.part"
  mv "$assets/etcd.part" "$assets/etcd"
fi
echo "$assets"
