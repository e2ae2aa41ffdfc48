#!/usr/bin/env bash
# Builds what GitHub Pages serves: the pages of this checkout at the root of the site, and below each tag vX.Y.Z the pages of that
# version, built by the tools of the tag. Needs a clone with all tags, and Node 24 or newer.
#
#   DOCS_SITE=https://mlflow-gateway.github.io/mlflow-gateway site/publish.sh OUT
set -euo pipefail
out=$(realpath -m "$1")
cd "$(dirname "$0")/.."
export DOCS_SITE=${DOCS_SITE%/}
# https://host/path -> /path/
base=$(sed -E 's|^https?://[^/]+||' <<<"$DOCS_SITE")/
tags=$(git tag --list 'v*' --sort=-version:refname | grep -E '^v[0-9]+\.[0-9]+\.[0-9]+$' || true)

DOCS_BASE=$base node site/main.ts build
rm -rf "$out"
cp -R site/dist "$out"

work=$(mktemp -d)
trap 'rm -rf "$work"; git worktree prune' EXIT
for tag in $tags; do
  git worktree add --quiet --detach "$work/$tag" "$tag"
  (cd "$work/$tag" && DOCS_BASE=$base$tag/ DOCS_REF=$tag node site/main.ts build)
  cp -R "$work/$tag/site/dist" "$out/$tag"
done
echo "the site is in $out: main${tags:+, }$(paste -sd ' ' <<<"$tags")"
