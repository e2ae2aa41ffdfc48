#!/usr/bin/env bash
# Runs a command with everything that examples/kind needs, on a machine that can pull no image: the images, the node image that is prepared
# for this machine, kind and helm. The chart of community-charts/mlflow is read from the folder that COMMUNITY_CHART names. Needs
# `npm ci` first, root, and docker.io, iptables, zstd, jq and debootstrap.
#
#   COMMUNITY_CHART=FOLDER .ci/kind-example.sh npm run e2e:kind-example
#   COMMUNITY_CHART=FOLDER .ci/kind-example.sh examples/kind/run.sh
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
shared=$(cd "$root/../shared/cluster" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

prepare() {
  cd "$root"
  .ci/docker.sh
  .ci/images/gateway.sh "$GATEWAY_IMAGE"
  .ci/images/mlflow.sh "$MLFLOW_IMAGE"
  docker image inspect "$NODE_IMAGE" >/dev/null 2>&1 || zstd -dc --long=29 "$shared/node-image.tar.zst" | docker load --quiet
  # Nothing of the cluster's own ranges may leave this machine.
  for range in 10.96.0.0/16 10.244.0.0/16; do ip route replace blackhole "$range"; done
  # Without the charts of databases that it depends on and that the folder does not have.
  node_modules/.bin/node --input-type=module - "$work" >"$work/folder" <<'JS'
import { findChart } from './e2e/charts/sources.ts';
const found = findChart('community', process.argv.at(-1));
if ('missing' in found) throw new Error(found.missing);
console.log(found.folder);
JS
  # The provisioner of the prepared node image makes volumes that only root can write, so the cluster gets one volume for MLflow beforehand.
  cat >"$work/kind" <<SHIM
#!/usr/bin/env bash
set -euo pipefail
"$tools/kind" "\$@"
[ "\${1:-} \${2:-}" = 'create cluster' ] || exit 0
while [ "\$1" != --name ]; do shift; done
docker exec "\$2-control-plane" mkdir -m 0777 /var/lib/mlflow
kubectl apply --filename - >/dev/null <<YAML
apiVersion: v1
kind: PersistentVolume
metadata: {name: mlflow}
spec:
  storageClassName: standard
  accessModes: [ReadWriteOnce]
  capacity: {storage: 1Gi}
  hostPath: {path: /var/lib/mlflow}
  claimRef: {namespace: mlflow, name: mlflow-data}
YAML
SHIM
  chmod +x "$work/kind"
}

. "$shared/versions.env"
tools=$("$root/.ci/tools.sh")
kubectl=$("$root/.ci/kube-assets.sh")
export GATEWAY_IMAGE=${GATEWAY_IMAGE:-mlflow-gateway:example} MLFLOW_IMAGE=${MLFLOW_IMAGE:-ghcr.io/mlflow/mlflow:v3.18.0}
export NODE_IMAGE=lab/kind-node:$KUBE_VERSION
# The shim in front of docker: see the README beside it.
export PATH=$work:$shared/shim:$tools:$PATH:$kubectl
(prepare) >&2
COMMUNITY_CHART=$(cat "$work/folder") "$@"
