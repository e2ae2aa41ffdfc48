# shellcheck shell=bash
# Sourced with a name: creates a kind cluster of that name from the prepared node image, in $KUBECONFIG; the function delete_cluster deletes
# it. Puts kind, kubectl and helm first on PATH, behind the shim in front of docker (see the README beside it).
cluster=$1
shared=$(cd ../shared/cluster && pwd)
tools=$(.ci/tools.sh)
export PATH=$shared/shim:$tools:$PATH HELM=$tools/helm
delete_cluster() { kind delete cluster --name "$cluster"; }
! kind get clusters 2>/dev/null | grep -qx "$cluster" || delete_cluster
BIN=$tools IMAGE_TAR=$shared/node-image.tar.zst CLUSTER=$cluster "$shared/create-cluster.sh"
