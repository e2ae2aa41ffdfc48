#!/usr/bin/env bash
# Builds an image with the tools of busybox that init containers of charts use, on a machine that cannot pull Docker's own. Debian's
# busybox is not enough: its nc has no -z.
#
#   .ci/images/busybox.sh busybox:1.38.0
set -euo pipefail
image=$1
! docker image inspect "$image" >/dev/null 2>&1 || exit 0
"$(dirname "$0")/debian.sh"
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
cat >"$context/Dockerfile" <<'DOCKERFILE'
FROM local/debian:bookworm-python
# Their scripts are written for busybox's sh, which supports `[[` like bash.
RUN apt-get update -qq && apt-get install -y -qq netcat-openbsd >/dev/null && rm -rf /var/lib/apt/lists/* && ln -sf bash /bin/sh
CMD ["sh"]
DOCKERFILE
DOCKER_BUILDKIT=0 docker build --quiet --network host --tag "$image" "$context" >/dev/null
