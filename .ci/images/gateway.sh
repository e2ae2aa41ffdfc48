#!/usr/bin/env bash
# Builds the gateway's image from the project's own Dockerfile, on a machine that can pull no base image: the build image is
# Debian with the Node of node_modules and this machine's npm. Needs `npm ci` first.
#
#   .ci/images/gateway.sh [NAME:TAG]
set -euo pipefail
cd "$(dirname "$0")/../.."
image=${1:-mlflow-gateway:dev}
base=local/node:26-slim
.ci/images/debian.sh

node=$(node_modules/.bin/node -p process.execPath)
if ! docker run --rm "$base" node --version 2>/dev/null | grep -qx "$("$node" --version)"; then
  context=$(mktemp -d)
  trap 'rm -rf "$context"' EXIT
  cp "$node" "$context/node"
  cp -r "$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")" "$context/npm"
  cat >"$context/Dockerfile" <<'DOCKERFILE'
FROM local/debian:bookworm-python
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
DOCKERFILE
  DOCKER_BUILDKIT=0 docker build --quiet --tag "$base" "$context" >/dev/null
fi

# Only the host's network reaches the registry. Without buildx only the classic builder exists, which does not set the platform.
DOCKER_BUILDKIT=0 docker build --network host --build-arg BUILD_IMAGE="$base" --build-arg BUILDPLATFORM=linux/amd64 \
  --build-arg VERSION="$("$node" -p 'require("./package.json").version')" \
  --build-arg REVISION="$(git rev-parse HEAD)" --tag "$image" .
docker image inspect --format '{{.Size}}' "$image" | awk -v image="$image" '{ printf "%s: %.0f MB\n", image, $1 / 1e6 }'
