#!/usr/bin/env bash
# Installs Debian's packages that a clean machine lacks: a database, a directory, a browser, and the tools for creating a cluster.
set -euo pipefail
declare -A by=([zstd]=zstd [jq]=jq [debootstrap]=debootstrap [iptables]=iptables [dockerd]=docker.io [chromium]=chromium [openssl]=openssl [pg_ctlcluster]=postgresql [slapd]=slapd)
missing=()
for command in "${!by[@]}"; do
  command -v "$command" >/dev/null || missing+=("${by[$command]}")
done
[ "${#missing[@]}" -eq 0 ] && exit
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
