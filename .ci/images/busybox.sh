#!/usr/bin/env bash
# Makes an image of Debian's busybox, where Docker's own cannot be pulled.
#
#   .ci/images/busybox.sh busybox:1.38.0
set -euo pipefail
image=$1
! docker image inspect "$image" >/dev/null 2>&1 || exit 0
"$(dirname "$0")/debian.sh"
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
# Docker's nc has -z, which asks whether a port takes connections; Debian's has not.
cat >"$context/nc" <<'SH'
#!/bin/sh
[ "$1" != -z ] || shift
exec busybox nc "$@" </dev/null
SH
chmod +x "$context/nc"
cat >"$context/Dockerfile" <<'DOCKERFILE'
FROM local/debian:bookworm-python AS debian
RUN apt-get update -qq && apt-get install -y -qq busybox-static >/dev/null && \
    mkdir -p /image/bin /image/tmp && cp /bin/busybox /image/bin/ && \
    for name in $(busybox --list | grep -vxE 'busybox|nc'); do ln -sf busybox "/image/bin/$name"; done
FROM scratch
COPY --from=debian /image/ /
COPY nc /bin/nc
CMD ["sh"]
DOCKERFILE
DOCKER_BUILDKIT=0 docker build --quiet --network host --tag "$image" "$context" >/dev/null
