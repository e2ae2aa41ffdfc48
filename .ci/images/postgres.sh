#!/usr/bin/env bash
# Builds an image of Debian's PostgreSQL, on a machine that cannot pull Docker's own. It accepts the same variables: POSTGRES_USER,
# POSTGRES_PASSWORD, POSTGRES_DB and PGDATA.
#
#   .ci/images/postgres.sh postgres:15
set -euo pipefail
image=$1
version=${image##*:}
! docker image inspect "$image" >/dev/null 2>&1 || exit 0
"$(dirname "$0")/debian.sh"
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
cat >"$context/entrypoint" <<'SH'
#!/bin/sh
set -eu
if ! [ -s "$PGDATA/PG_VERSION" ]; then
  printf %s "$POSTGRES_PASSWORD" >/tmp/password
  initdb --username="$POSTGRES_USER" --pwfile=/tmp/password --auth-host=scram-sha-256 --encoding=UTF8 --no-sync
  rm /tmp/password
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  echo "CREATE DATABASE \"$POSTGRES_DB\"" | postgres --single -j -D "$PGDATA" postgres
fi
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/tmp
SH
chmod +x "$context/entrypoint"
cat >"$context/Dockerfile" <<DOCKERFILE
FROM local/debian:bookworm-python
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql-$version >/dev/null && \
    rm -rf /var/lib/apt/lists/* /var/lib/postgresql/$version /var/cache/apt/archives/*.deb
COPY entrypoint /usr/local/bin/entrypoint
ENV PATH=/usr/lib/postgresql/$version/bin:/usr/local/bin:/usr/bin:/bin PGDATA=/var/lib/postgresql/data
USER postgres
ENTRYPOINT ["entrypoint"]
DOCKERFILE
DOCKER_BUILDKIT=0 docker build --quiet --network host --tag "$image" "$context" >/dev/null
