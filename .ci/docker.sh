#!/usr/bin/env bash
# Starts a Docker daemon unless one runs; `--stop` ends one that this script has started. Needs root and docker.io.
set -euo pipefail
pid=${XDG_CACHE_HOME:-$HOME/.cache}/mlflow-gateway/dockerd.pid
if [ "${1:-}" = --stop ]; then
  [ ! -f "$pid" ] || kill "$(cat "$pid")" || true
  rm -f "$pid"
  exit
fi
! docker info >/dev/null 2>&1 || exit 0
mkdir -p "$(dirname "$pid")"
setsid nohup dockerd >/tmp/dockerd.log 2>&1 </dev/null &
echo $! >"$pid"
for _ in $(seq 120); do
  ! docker info >/dev/null 2>&1 || exit 0
  sleep 0.5
done
tail -20 /tmp/dockerd.log
exit 1
