#!/usr/bin/env bash
# Builds local/node:26-slim, which stands for the Dockerfile's BUILD_IMAGE on a machine that can pull no image: Debian with the Node
# of node_modules and this machine's npm. Does nothing if the image has this Node. Needs `npm ci` first. Prints the image's name.
set -euo pipefail
cd "$(dirname "$0")/../.."
base=local/node:26-slim
.ci/images/debian.sh >&2
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
echo "$base"
