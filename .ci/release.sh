#!/usr/bin/env bash
# The dry run of a release on a machine that can pull no image and download no program: `npm run release -- VERSION --dry-run` with a
# base image of both platforms in a registry on loopback, a BuildKit that runs here, QEMU for the image of the other platform, and a cluster of
# its own for the chart. Needs `npm ci` first, root, what .ci/cluster.sh needs, and Go. The log is written to dist/release-dry-run.log too.
#
#   .ci/release.sh 0.1.0
set -euo pipefail
cd "$(dirname "$0")/.."
version=$1
.ci/docker.sh
work=$(mktemp -d)
started=()
delete_cluster() { :; }
end() {
  delete_cluster
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" || true; done
  rm -rf "$work"
}
trap end EXIT

# Waits until a process that writes this log has written a pattern, and prints the line.
logged() {
  local pid=$1 log=$2 pattern=$3
  until grep -m1 -E "$pattern" "$log"; do
    kill -0 "$pid" || { cat "$log" >&2; exit 1; }
    sleep 0.2
  done
}

export PATH=$work/bin:$PATH
mkdir -p "$work/bin" "$work/docker/cli-plugins"
for tool in crane cosign buildkitd; do ln -s "$(.ci/go-tool.sh "$tool")" "$work/bin/$tool"; done
HELM=$(.ci/tools.sh)/helm
RELEASE_QEMU_AARCH64=$(.ci/qemu-aarch64.sh)
export HELM RELEASE_QEMU_AARCH64

# The base image, of both platforms.
crane registry serve --address 127.0.0.1:0 --disk "$work" >"$work/registry.log" 2>&1 &
started+=($!)
port=$(logged $! "$work/registry.log" 'port [0-9]+' | grep -oE '[0-9]+$')
base=127.0.0.1:$port/node
amd64=$(.ci/images/node.sh)
docker tag "$amd64" "$base:amd64"
docker push --quiet "$base:amd64"
docker rmi "$base:amd64" >/dev/null
crane append --new_tag "$base:arm64" --new_layer "$(.ci/images/node-arm64.sh)"
crane mutate --set-platform linux/arm64 --tag "$base:arm64" "$base:arm64"
crane index append --manifest "$base:amd64" --manifest "$base:arm64" --tag "$base:26-slim"
export RELEASE_BUILD_IMAGE=$base:26-slim

# BuildKit: the daemon's own, in Docker 20.10, writes no OCI layout. Only the host's network reaches the registries of packages.
cat >"$work/buildkitd.toml" <<TOML
root = "$work/buildkit"
[grpc]
  address = ["unix://$work/buildkit.sock"]
[worker.oci]
  networkMode = "host"
[worker.containerd]
  enabled = false
[registry."127.0.0.1:$port"]
  http = true
TOML
buildkitd --config "$work/buildkitd.toml" >"$work/buildkitd.log" 2>&1 &
started+=($!)
logged $! "$work/buildkitd.log" 'running server' >/dev/null
export DOCKER_CONFIG=$work/docker BUILDX_CONFIG=$work/buildx
ln -s "$(.ci/go-tool.sh buildx)" "$work/docker/cli-plugins/docker-buildx"
docker buildx create --name release --driver remote "unix://$work/buildkit.sock" >/dev/null
export BUILDX_BUILDER=release
docker buildx inspect --bootstrap

export KUBECONFIG=$work/kubeconfig RELEASE_KIND_CLUSTER=mlflow-gateway-release
. .ci/own-cluster.sh "$RELEASE_KIND_CLUSTER"

mkdir -p dist
npm run --silent release -- "$version" --dry-run 2>&1 | tee dist/release-dry-run.log
