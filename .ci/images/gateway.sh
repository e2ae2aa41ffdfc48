#!/usr/bin/env bash
# Builds the gateway's image from the project's own Dockerfile, on a machine that can pull no base image (node.sh). Needs `npm ci`
# first.
#
#   .ci/images/gateway.sh [NAME:TAG]
set -euo pipefail
cd "$(dirname "$0")/../.."
image=${1:-mlflow-gateway:dev}
base=$(.ci/images/node.sh)

# Only the host's network reaches the registry. Without buildx only the classic builder exists, which does not set the platform.
DOCKER_BUILDKIT=0 docker build --network host --build-arg BUILD_IMAGE="$base" --build-arg BUILDPLATFORM=linux/amd64 \
  --build-arg VERSION="$(node_modules/.bin/node -p 'require("./package.json").version')" \
  --build-arg REVISION="$(git rev-parse HEAD)" --tag "$image" .
docker image inspect --format '{{.Size}}' "$image" | awk -v image="$image" '{ printf "%s: %.0f MB\n", image, $1 / 1e6 }'
