#!/bin/sh
# Copies the files that Node needs to run into DIR: its binary, the shared libraries that it is linked with, and the licences of
# their packages. Writes DIR.packages for the bill of materials.
#
#   sh build/image-root.sh DIR BASE
#
# BASE is the image to which DIR will be added. For `scratch` the C library is copied too, with the files that it reads. Any other
# base has its own C library, and two of them conflict.
set -eu
dir=$1
base=$2
packages=$dir.packages
mkdir -p "$dir/usr/local/bin"
: >"$packages"

node=$(node -p process.execPath)
cp "$node" "$dir/usr/local/bin/node"

# By its real path, which is below /usr on current distributions.
add() {
  real=$(readlink -f "$1")
  mkdir -p "$dir$(dirname "$real")"
  cp "$real" "$dir$(dirname "$real")/$(basename "$1")"
  owner "$real" "$1"
}

# The package of a file. Depending on the distribution, dpkg knows it by the given path or by the path without /usr.
owner() {
  command -v dpkg-query >/dev/null || return 0
  for path in "$@" "${1#/usr}"; do
    name=$(dpkg-query -S "$path" 2>/dev/null | head -n 1 | sed 's/: .*//') || name=
    [ -n "$name" ] || continue
    dpkg-query -W -f 'deb/debian\t${Package}\t${Version}\n' "$name" >>"$packages"
    licences=$dir/usr/share/licenses/${name%%:*}
    mkdir -p "$licences"
    cp -L "/usr/share/doc/${name%%:*}/copyright" "$licences/copyright"
    return 0
  done
  echo "image-root: no package owns $1" >&2
}

is_c_library() {
  case $(basename "$1") in
    ld-* | libc.* | libdl.* | libm.* | libpthread.* | libresolv.* | librt.*) true ;;
    *) false ;;
  esac
}

ldd "$node" | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }' | while read -r library; do
  if [ "$base" = scratch ] || ! is_c_library "$library"; then add "$library"; fi
done

if [ "$base" = scratch ]; then
  # The kernel finds the loader by the path in Node's binary.
  loader=$(ldd "$node" | awk '$1 ~ /^\// { print $1 }')
  if [ ! -e "$dir$loader" ]; then
    mkdir -p "$dir$(dirname "$loader")"
    ln -s "$(readlink -f "$loader")" "$dir$loader"
  fi
  mkdir -p "$dir/etc" "$dir/tmp"
  chmod 1777 "$dir/tmp"
  printf 'nonroot:x:65532:65532:nonroot:/:/sbin/nologin\n' >"$dir/etc/passwd"
  printf 'nonroot:x:65532:\n' >"$dir/etc/group"
  printf 'hosts: files dns\n' >"$dir/etc/nsswitch.conf"
fi
sort -u -o "$packages" "$packages"
