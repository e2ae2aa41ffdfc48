#!/usr/bin/env bash
# Creates a kind cluster on a machine that can pull no image, from the node image that is prepared for this machine, with every
# image that `npm run e2e` needs in it. Prints the path of its kubeconfig. Reuses an existing cluster, with a new image of the
# gateway. Needs `npm ci` first, root, and docker.io, iptables, zstd, jq and debootstrap.
#
#   export E2E_KUBECONFIG=$(.ci/cluster.sh)
#   npm run e2e
#   .ci/cluster.sh --delete; .ci/docker.sh --stop
#
# `--images` builds the images only, `--made` creates the cluster from existing images: an idle cluster uses a fifth of a core.
# `--kubeconfig` prints the path and creates nothing. `--charts`, as the first argument, selects a separate cluster with the images of
# `npm run e2e:charts`.
set -euo pipefail
cd "$(dirname "$0")/.."
shared=$(cd ../shared/cluster && pwd)
name=mlflow-gateway-e2e
kubeconfig=${XDG_CACHE_HOME:-$HOME/.cache}/mlflow-gateway/e2e-kubeconfig
charts=
if [ "${1:-}" = --charts ]; then
  charts=yes
  shift
  name=mlflow-gateway-charts
  kubeconfig=${kubeconfig%/*}/charts-kubeconfig
fi
if [ "${1:-}" = --kubeconfig ]; then
  echo "$kubeconfig"
  exit
fi
tools=$(.ci/tools.sh)
# The shim in front of docker: see the README beside it.
export PATH=$shared/shim:$tools:$PATH KUBECONFIG=$kubeconfig

make_images() {
  .ci/images/gateway.sh "${images[0]}"
  .ci/images/mlflow.sh "${images[1]}"
  .ci/images/keycloak.sh "${images[2]}"
  .ci/images/oauth2-proxy.sh "${images[3]}"
}

make_chart_images() {
  .ci/images/gateway.sh "${images[0]}"
  .ci/images/mlflow.sh "${images[1]}"
  .ci/images/skipper.sh "${images[2]}"
  .ci/images/postgres.sh "${images[3]}"
  .ci/images/busybox.sh "${images[4]}"
}

main() {
  if [ "${1:-}" = --delete ]; then
    docker info >/dev/null 2>&1 || return 0
    kind delete cluster --name "$name"
    return
  fi
  .ci/docker.sh
  if [ -n "$charts" ]; then
    images=(mlflow-gateway:e2e ghcr.io/mlflow/mlflow:v3.18.0-full ghcr.io/zalando/skipper:v0.25.0 postgres:15 busybox:1.38.0)
    [ "${1:-}" = --made ] || make_chart_images
  else
    images=(mlflow-gateway:e2e ghcr.io/mlflow/mlflow:v3.18.0 quay.io/keycloak/keycloak:26.4.0 quay.io/oauth2-proxy/oauth2-proxy:v7.15.4)
    [ "${1:-}" = --made ] || make_images
  fi
  [ "${1:-}" != --images ] || return 0
  # A node does not outlive its Docker: a cluster that does not answer is created again.
  if kind get clusters | grep -qx "$name" && ! timeout 20 kubectl get --raw /readyz >/dev/null 2>&1; then
    kind delete cluster --name "$name"
  fi
  if ! kind get clusters | grep -qx "$name"; then
    BIN=$tools IMAGE_TAR=$shared/node-image.tar.zst CLUSTER=$name "$shared/create-cluster.sh"
  fi
  for image in "${images[@]}"; do
    kind load docker-image "$image" --name "$name"
  done
  # All containers share one control group, which gets no more time than one other suite beside it. They are several servers.
  local shares=/sys/fs/cgroup/cpu/docker/cpu.shares
  [ ! -w "$shares" ] || echo 2048 >"$shares"
}

main "$@" >&2
echo "$kubeconfig"
