#!/usr/bin/env bash
# Builds an image of Keycloak, on a machine that cannot pull its own: its distribution from Maven Central, and a reduced copy of
# this machine's Java runtime. Needs `npm ci` first.
#
#   .ci/images/keycloak.sh quay.io/keycloak/keycloak:26.4.0
set -euo pipefail
cd "$(dirname "$0")/../.."
image=$1
# The options that e2e/cluster and examples/compose share: with others Keycloak builds itself again at every start.
options=(--db=dev-file --health-enabled=true)
[ "$(docker image inspect --format '{{index .Config.Labels "options"}}' "$image" 2>/dev/null)" != "${options[*]}" ] || exit 0
.ci/images/debian.sh
home=$(node_modules/.bin/node .ci/keycloak.ts)
java=${JAVA_HOME:-$(ls -d /usr/lib/jvm/temurin-* | sort -V | tail -1)}
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
modules=$("$java/bin/java" --list-modules | sed 's/@.*//' | grep -vE '^jdk\.(jlink|jpackage|jdeps|compiler|javadoc|jshell)$' | paste -sd,)
"$java/bin/jlink" --add-modules "$modules" --strip-debug --no-header-files --no-man-pages --output "$context/java"
mkdir -p "$context/keycloak"
cp -a "$home"/{bin,conf,lib,providers,version.txt} "$context/keycloak/"
mkdir -p "$context/keycloak/data"
JAVA_HOME=$context/java "$context/keycloak/bin/kc.sh" build "${options[@]}" >/dev/null
cat >"$context/Dockerfile" <<'DOCKERFILE'
FROM local/debian:bookworm-python
ENV JAVA_HOME=/opt/java
COPY java /opt/java
COPY --chown=1000:0 keycloak /opt/keycloak
USER 1000
ENTRYPOINT ["/opt/keycloak/bin/kc.sh"]
DOCKERFILE
DOCKER_BUILDKIT=0 docker build --quiet --label "options=${options[*]}" --tag "$image" "$context" >/dev/null
