#!/usr/bin/env bash
# Upgrades from a commit to this checkout on a cluster of its own, where no image can be pulled: makes the image of both commits and
# runs `npm run e2e:upgrade`. Needs what .ci/cluster.sh needs.
#
#   .ci/upgrade.sh 88e55b4b [options of vitest]
set -euo pipefail
cd "$(dirname "$0")/.."
E2E_UPGRADE_FROM=$(git rev-parse --verify "$1^{commit}")
shift
export E2E_UPGRADE_FROM E2E_PREVIOUS_IMAGE=mlflow-gateway:e2e-${E2E_UPGRADE_FROM:0:8} E2E_GATEWAY_IMAGE=mlflow-gateway:e2e-upgrade
.ci/docker.sh
if ! docker image inspect "$E2E_PREVIOUS_IMAGE" >/dev/null 2>&1; then
  previous=$(mktemp -d)
  git archive "$E2E_UPGRADE_FROM" | tar -x -C "$previous"
  DOCKER_BUILDKIT=0 docker build --network host --build-arg BUILD_IMAGE="$(.ci/images/node.sh)" --build-arg BUILDPLATFORM=linux/amd64 \
    --build-arg REVISION="$E2E_UPGRADE_FROM" --tag "$E2E_PREVIOUS_IMAGE" "$previous"
  rm -rf "$previous"
fi
.ci/images/gateway.sh "$E2E_GATEWAY_IMAGE"
mlflow=ghcr.io/mlflow/mlflow:v3.18.0
.ci/images/mlflow.sh "$mlflow"
KUBECONFIG=$(mktemp)
export KUBECONFIG E2E_KUBECONFIG=$KUBECONFIG
trap 'delete_cluster; rm -f "$KUBECONFIG"' EXIT
. .ci/own-cluster.sh mlflow-gateway-upgrade
for image in "$E2E_PREVIOUS_IMAGE" "$E2E_GATEWAY_IMAGE" "$mlflow"; do kind load docker-image "$image" --name mlflow-gateway-upgrade; done
npm run --silent e2e:upgrade -- "$@"
