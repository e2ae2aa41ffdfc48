#!/usr/bin/env bash
# MLflow and the gateway on a cluster of their own, step by step, and the proof. README.md beside this file explains it.
set -euo pipefail
cd "$(dirname "$0")"

CLUSTER=${CLUSTER:-mlflow-gateway-example}
MLFLOW_PORT=${MLFLOW_PORT:-8080}
MLFLOW_IMAGE=${MLFLOW_IMAGE:-ghcr.io/mlflow/mlflow:v3.18.0}
COMMUNITY_CHART=${COMMUNITY_CHART:-https://community-charts.github.io/helm-charts}
COMMUNITY_CHART_VERSION=1.11.5
# Nothing is published yet: without an image of yours, it is built from this checkout.
BUILD=$([ -n "${GATEWAY_IMAGE:-}" ] || echo yes)
GATEWAY_IMAGE=${GATEWAY_IMAGE:-mlflow-gateway:example}

# kind, kubectl and helm use this file, and no context of yours.
export KUBECONFIG=$PWD/$CLUSTER.kubeconfig
unset HELM_NAMESPACE "${!HELM_KUBE@}"

help() {
  cat <<TEXT
Usage: examples/kind/run.sh [--dry-run]     makes the cluster and what is in it, then proves that teams are kept apart
       examples/kind/run.sh --prove         the proof alone, on the cluster that exists
       examples/kind/run.sh --delete        deletes the cluster
       examples/kind/run.sh --help

--dry-run prints the commands of all steps, and runs none. To run it again is safe: what exists stays.

Needs docker, kind 0.24 or newer, kubectl, helm and curl. Settings, as environment variables:

  CLUSTER          the name of the kind cluster (mlflow-gateway-example)
  MLFLOW_PORT      its port on 127.0.0.1 (8080), chosen when the cluster is made
  GATEWAY_IMAGE    an image of the gateway; without it, mlflow-gateway:example is built from this checkout
  MLFLOW_IMAGE     an image of MLflow (ghcr.io/mlflow/mlflow:v3.18.0)
  NODE_IMAGE       the image of the cluster's node (kind's own)
  COMMUNITY_CHART  the Helm repository of community-charts/mlflow, or a folder with the chart

The cluster's kubeconfig is a file of its own, examples/kind/CLUSTER.kubeconfig. Yours is neither read nor changed.
TEXT
}

main() {
  DRY=''
  trap stopped EXIT
  case "$#${1:-}" in
    0)
      check_tools docker kind kubectl helm curl
      all
      ;;
    1--dry-run)
      DRY=yes
      all
      ;;
    1--prove)
      check_tools docker kind kubectl curl
      exists_cluster || refuse "There is no cluster $CLUSTER of this script. Make it first: examples/kind/run.sh"
      prove
      finish
      ;;
    1--delete)
      check_tools docker kind
      delete
      ;;
    1--help | 1-h)
      help
      ;;
    *)
      help >&2
      exit 2
      ;;
  esac
}

all() {
  make_cluster
  load_images
  install_mlflow
  add_teams
  look_before
  install_gateway
  label_mlflow
  prove
  finish
}

# --- Steps -------------------------------------------------------------------------------------------------------------

make_cluster() {
  step "A cluster, with a port on this machine"
  if [ -z "$DRY" ] && exists_cluster; then
    say "The cluster $CLUSTER exists."
  else
    [ -n "$DRY" ] || check_port
    run <<TEXT
kind create cluster --name $CLUSTER${NODE_IMAGE:+ --image $NODE_IMAGE} --wait 300s --config - <<'YAML'
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
  - role: control-plane
    extraPortMappings: [{listenAddress: 127.0.0.1, hostPort: $MLFLOW_PORT, containerPort: 30080}]
YAML
TEXT
  fi
}

load_images() {
  step "Images"
  if [ -n "$BUILD" ]; then
    run <<TEXT
docker build --tag $GATEWAY_IMAGE ../..
TEXT
  fi
  # What this machine has need not be pulled; the cluster pulls the rest.
  for image in "$GATEWAY_IMAGE" "$MLFLOW_IMAGE"; do
    # A version of MLflow does not change; the gateway's image may, under the same name.
    if [ -z "$DRY" ] && [ "$image" = "$MLFLOW_IMAGE" ] && in_cluster "$image"; then
      say "The cluster has $image."
    elif [ "$BUILD$image" = "yes$GATEWAY_IMAGE" ] || { [ -z "$DRY" ] && docker image inspect "$image" >/dev/null 2>&1; }; then
      run <<TEXT
kind load docker-image $image --name $CLUSTER
TEXT
    fi
  done
}

install_mlflow() {
  step "MLflow, by community-charts/mlflow"
  if [ -z "$DRY" ] && helm status mlflow --namespace mlflow >/dev/null 2>&1; then
    say "The release mlflow exists."
  else
    run <<TEXT
helm install mlflow $(community_chart) \\
  --namespace mlflow --create-namespace --values mlflow.yaml \\
  --set image.repository=${MLFLOW_IMAGE%:*} --set image.tag=${MLFLOW_IMAGE##*:} --wait --timeout 15m >/dev/null
kubectl get pods --namespace mlflow
TEXT
  fi
}

add_teams() {
  step "Two teams, and a stranger's pod"
  run <<TEXT
sed 's|\\\$MLFLOW_IMAGE|$MLFLOW_IMAGE|' teams.yaml | kubectl apply --filename -
kubectl wait --namespace elsewhere --for=condition=Ready pod/stranger --timeout=10m
TEXT
}

look_before() {
  step "Before: every pod of the cluster reaches MLflow"
  if [ -z "$DRY" ] && has_label; then
    say "MLflow's pods have the label already."
  else
    go_around '^[0-9.]+:5000 .* 200 OPEN' "a pod of another namespace reads MLflow's experiments, without a token"
  fi
}

install_gateway() {
  step "The gateway's chart: nothing changes yet"
  run <<TEXT
helm upgrade --install gateway ../../chart --namespace mlflow --values gateway.yaml \\
  --set image.repository=${GATEWAY_IMAGE%:*} --set image.tag=${GATEWAY_IMAGE##*:} --wait --timeout 10m >/dev/null
kubectl get pods --namespace mlflow
TEXT
}

label_mlflow() {
  step "The label: MLflow's pods get the gateway, and leave the network"
  run <<TEXT
helm upgrade mlflow $(community_chart) \\
  --namespace mlflow --reuse-values --set-string 'extraPodLabels.mlflow-gateway\\.io/inject=enabled' --wait --timeout 10m >/dev/null
kubectl rollout status --namespace mlflow deployment/mlflow --timeout=10m
kubectl get pods --namespace mlflow
TEXT
}

prove() {
  step "The proof"
  EXPERIMENT=churn-$(date +%s)
  BEGAN=$SECONDS
  run <<TEXT
MLFLOW=http://localhost:$MLFLOW_PORT
curl --silent --fail --retry 60 --retry-delay 1 --retry-all-errors --write-out '\n' \$MLFLOW/readyz
TEXT

  say "Without a token:"
  expect '401$' 'a request without a token is refused' <<'TEXT'
curl --silent --show-error --write-out ' %{http_code}' $MLFLOW/api/2.0/mlflow/experiments/search?max_results=10
TEXT

  say "Tokens of the cluster, for an hour. The namespace decides the team:"
  run <<'TEXT'
ADA=$(kubectl create token ada --namespace team-a --audience mlflow)
CAROL=$(kubectl create token carol --namespace team-a --audience mlflow)
BOB=$(kubectl create token bob --namespace team-b --audience mlflow)
MALLORY=$(kubectl create token mallory --namespace elsewhere --audience mlflow)
ask() {
  curl --silent --show-error --write-out ' %{http_code}' --header "Authorization: Bearer $1" \
    --header 'Content-Type: application/json' "${@:3}" "$MLFLOW/api/2.0/mlflow/$2"
}
TEXT

  say "Ada, of team-a, works:"
  expect '200$' 'ada creates an experiment' <<TEXT
ask "\$ADA" experiments/create --data '{"name": "$EXPERIMENT"}'
TEXT
  EXPERIMENT_ID=$(field experiment_id)
  expect '200$' 'ada creates a run' <<TEXT
ask "\$ADA" runs/create --data '{"experiment_id": "$EXPERIMENT_ID", "run_name": "first of ada"}'
TEXT
  RUN_ID=$(field run_id)
  expect '200$' 'ada logs a metric' <<TEXT
ask "\$ADA" runs/log-metric --data '{"run_id": "$RUN_ID", "key": "auc", "value": 0.91, "timestamp": 1}'
TEXT
  expect '"auc".* 200$' 'ada reads it' <<TEXT
ask "\$ADA" runs/get?run_id=$RUN_ID
TEXT

  say "Bob, of team-b, does not find it:"
  expect 'RESOURCE_DOES_NOT_EXIST.* 404$' 'the run does not exist for bob' <<TEXT
ask "\$BOB" runs/get?run_id=$RUN_ID
TEXT
  expect '^ ?\{ ?\} 200$' 'his list of experiments with that name is empty' <<TEXT
ask "\$BOB" experiments/search --data '{"max_results": 10, "filter": "name = '\''$EXPERIMENT'\''"}'
TEXT
  expect '404$' 'he cannot write to it' <<TEXT
ask "\$BOB" runs/log-metric --data '{"run_id": "$RUN_ID", "key": "auc", "value": 0, "timestamp": 2}'
TEXT
  expect '200$' 'the name is free for his team' <<TEXT
ask "\$BOB" experiments/create --data '{"name": "$EXPERIMENT"}'
TEXT

  say "Carol, a viewer in team-a, and Mallory, of no team:"
  expect '"first of ada".* 200$' 'carol reads the run' <<TEXT
ask "\$CAROL" runs/get?run_id=$RUN_ID
TEXT
  expect '403$' 'carol cannot write' <<TEXT
ask "\$CAROL" runs/log-metric --data '{"run_id": "$RUN_ID", "key": "auc", "value": 1, "timestamp": 3}'
TEXT
  expect 'tenant_claim_missing.* 401$' 'mallory gets nothing' <<TEXT
ask "\$MALLORY" runs/get?run_id=$RUN_ID
TEXT

  say "Around the gateway, from a pod of another namespace: the gateway has MLflow's port."
  go_around '^[0-9.]+:5000 .* 401 ' "MLflow's pod answers as the gateway does: 401" \
    '^mlflow[^ ]*:80 .* 401 ' "so does MLflow's own Service" 'open among .*: none$' 'no other port is open'
  expect '^TCP, for other pods: 5000$' 'the pod has one port' '^Unix sockets: .*/run/mlflow/' "MLflow is on a Unix socket" <<'TEXT'
kubectl exec --stdin --namespace mlflow deployment/mlflow --container mlflow -- python3 - < listening.py
TEXT

  say "The audit log of this proof:"
  expect ' deny 401 .* token_missing' 'it shows the request without a token' \
    '^team-a team-a:ada allow 200 createRun' "ada's run" '^team-b team-b:bob allow 404 getRun' 'that bob did not find it' \
    '^team-a team-a:carol deny 403 logMetric' 'that carol may not write' 'deny 401 getRun tenant_claim_missing' 'and mallory' <<TEXT
kubectl logs --namespace mlflow deployment/mlflow --container mlflow-gateway --since=$((SECONDS - BEGAN + 2))s | sed -Ef audit.sed
TEXT
}

# Tries MLflow's Service and its pod from the pod `stranger`; arguments as of `expect`.
go_around() {
  run <<'TEXT'
POD=$(kubectl get pods --namespace mlflow --selector app.kubernetes.io/instance=mlflow --output 'jsonpath={.items[0].status.podIP}')
TEXT
  expect "$@" <<'TEXT'
kubectl exec --stdin --namespace elsewhere stranger -- python3 - mlflow.mlflow.svc:80 "$POD:5000" < around.py
TEXT
}

finish() {
  [ -z "$DRY" ] || return 0
  if [ "$FAILED" -gt 0 ]; then
    printf '\n%s checks passed, %s FAILED (%s s)\n' "$PASSED" "$FAILED" "$SECONDS"
    exit 1
  fi
  cat <<TEXT

$PASSED checks passed, 0 failed, in $SECONDS s. MLflow for Python, as a person of team-a:

  export KUBECONFIG=$KUBECONFIG
  export MLFLOW_TRACKING_URI=http://localhost:$MLFLOW_PORT
  export MLFLOW_TRACKING_TOKEN=\$(kubectl create token ada --namespace team-a --audience mlflow)
  mlflow experiments search

Delete everything: examples/kind/run.sh --delete
TEXT
}

delete() {
  if [ -f "$KUBECONFIG" ]; then
    kind delete cluster --name "$CLUSTER"
    rm -f "$KUBECONFIG"
  else
    echo "There is no cluster $CLUSTER of this script (no file $KUBECONFIG)."
  fi
}

# --- What exists -------------------------------------------------------------------------------------------------------

TOOLS='docker https://docs.docker.com/get-started/get-docker/
kind https://kind.sigs.k8s.io/docs/user/quick-start/#installation
kubectl https://kubernetes.io/docs/tasks/tools/
helm https://helm.sh/docs/intro/install/
curl https://curl.se/download.html'

# Says everything that is missing at once.
check_tools() {
  local missing='' tool place version
  while read -r tool place; do
    [[ " $* " == *" $tool "* ]] || continue
    command -v "$tool" >/dev/null || missing="$missing
  $tool is not on PATH: $place"
  done <<<"$TOOLS"
  if command -v docker >/dev/null && ! docker info >/dev/null 2>&1; then
    missing="$missing
  docker does not answer: start it, or allow your user to use it (docker info)"
  fi
  if command -v kind >/dev/null; then
    version=$(kind version | sed -nE 's/^[^0-9]*([0-9]+)\.([0-9]+).*/\1 \2/p')
    # Older ones do not enforce NetworkPolicies.
    [ "${version% *}" != 0 ] || [ "${version#* }" -ge 24 ] || missing="$missing
  kind is older than 0.24: https://kind.sigs.k8s.io/docs/user/quick-start/#installation"
  fi
  [ -z "$missing" ] || refuse "Missing:$missing"
}

check_port() {
  if (exec 3<>"/dev/tcp/127.0.0.1/$MLFLOW_PORT") 2>/dev/null; then
    refuse "Port $MLFLOW_PORT of this machine is in use. Choose another one: MLFLOW_PORT=8081 examples/kind/run.sh"
  fi
}

# Whether this script has made the cluster before. Ends the script if somebody else has, or if the cluster does not answer.
exists_cluster() {
  kind get clusters 2>/dev/null | grep -x "$CLUSTER" >/dev/null || return 1
  [ -f "$KUBECONFIG" ] || refuse "A cluster $CLUSTER exists, and this script has not finished making it. Choose another name, \
CLUSTER=NAME, or delete it: kind delete cluster --name $CLUSTER"
  kubectl get --raw /readyz >/dev/null 2>&1 || refuse "The cluster $CLUSTER does not answer. \
Start its node (docker start $CLUSTER-control-plane), or delete the cluster (examples/kind/run.sh --delete)."
}

in_cluster() {
  kubectl get nodes --output 'jsonpath={.items[*].status.images[*].names[*]}' | tr ' ' '\n' |
    grep -xF -e "$1" -e "docker.io/$1" -e "docker.io/library/$1" >/dev/null
}

has_label() {
  kubectl get deployment mlflow --namespace mlflow --output yaml | grep 'mlflow-gateway.io/inject: enabled' >/dev/null
}

# The chart, as helm's commands take it.
community_chart() {
  if [ -d "$COMMUNITY_CHART" ]; then
    echo "$COMMUNITY_CHART"
  else
    echo "mlflow --repo $COMMUNITY_CHART --version $COMMUNITY_CHART_VERSION"
  fi
}

refuse() {
  echo "$1" >&2
  exit 1
}

# --- How steps are shown -----------------------------------------------------------------------------------------------

STEP=0
PASSED=0
FAILED=0

step() {
  STEP=$((STEP + 1))
  printf '\n== %s. %s%s\n' "$STEP" "$1" "$([ -n "$DRY" ] || echo " (after $SECONDS s)")"
}

say() { printf '\n%s\n' "$1"; }

show() { printf '\n%s\n' "$1" | sed -e '2s/^/$ /' -e '3,$s/^/  /'; }

# Prints the text of its standard input, and runs the same text.
run() {
  local text
  text=$(cat)
  show "$text"
  [ -n "$DRY" ] || eval "$text"
}

# `expect PATTERN MEANING [PATTERN MEANING]...`: the same, and a line of the output must match each pattern. Spaces and line ends of JSON
# are made one space.
expect() {
  local text
  text=$(cat)
  show "$text"
  if [ -z "$DRY" ]; then
    ANSWER=$(eval "$text") || true
    case $ANSWER in *'{'*) ANSWER=$(printf '%s' "$ANSWER" | tr -s ' \n' ' ') ;; esac
    if [ ${#ANSWER} -gt 600 ] && [[ $ANSWER == *'{'* ]]; then
      printf '%s ... %s\n' "${ANSWER:0:360}" "${ANSWER: -80}"
    else
      printf '%s\n' "$ANSWER"
    fi
  fi
  while [ $# -gt 0 ]; do
    if [ -n "$DRY" ]; then
      printf '  expected: %s\n' "$2"
    elif printf '%s\n' "$ANSWER" | grep -E -- "$1" >/dev/null; then
      PASSED=$((PASSED + 1))
      printf '  ok: %s\n' "$2"
    else
      FAILED=$((FAILED + 1))
      printf '  FAILED: %s (expected: %s)\n' "$2" "$1"
    fi
    shift 2
  done
}

# A field of the last answer; its name in a dry run.
field() {
  if [ -n "$DRY" ]; then
    printf '%s' "$1" | tr '[:lower:]' '[:upper:]'
  else
    printf '%s' "$ANSWER" | sed -nE "s/.*\"$1\": ?\"([^\"]+)\".*/\\1/p"
  fi
}

stopped() {
  local status=$?
  [ "$status" -eq 0 ] || [ -n "$DRY" ] || [ "$STEP" -eq 0 ] || cat >&2 <<TEXT

Stopped in step $STEP. To see why:
  kubectl --kubeconfig $KUBECONFIG get pods,events --namespace mlflow
TEXT
}

main "$@"
