#!/usr/bin/env bash
# Builds an image of MLflow, on a machine that cannot pull its own: Debian's Python, and the packages from PyPI in the environment
# that the tests use. With `-full` it also has the drivers and exporters of MLflow's own image of that name that the tests need.
# Needs `npm ci` first.
#
#   .ci/images/mlflow.sh ghcr.io/mlflow/mlflow:v3.18.0
#   .ci/images/mlflow.sh ghcr.io/mlflow/mlflow:v3.18.0-full
set -euo pipefail
cd "$(dirname "$0")/../.."
image=$1
version=${image##*:v}
extras='[]'
if [ "$version" != "${version%-full}" ]; then
  version=${version%-full}
  extras="['kubernetes==37.0.2', 'prometheus-flask-exporter==0.23.2', 'psycopg2-binary==2.9.13']"
fi
! docker image inspect "$image" >/dev/null 2>&1 || exit 0
.ci/images/debian.sh
environment=$(node_modules/.bin/node -e "import('./dev/mlflow-env.ts').then(async (m) => console.log((await m.mlflowEnv('$version', undefined, $extras)).dir))")
python=$("$environment/bin/python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
[ "$python" = python3.11 ] || { echo "MLflow was installed for $python, and the image has python3.11" >&2; exit 1; }
# Compiled now: Python keeps the compiled imports in a folder that it cannot write in a container.
"$environment/bin/python" -W ignore -c 'import mlflow.cli, mlflow.server.fastapi_app' >/dev/null
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
cp -al "$environment/lib/$python/site-packages" "$context/site-packages" 2>/dev/null ||
  cp -a "$environment/lib/$python/site-packages" "$context/site-packages"
cat >"$context/mlflow" <<'PYTHON'
#!/usr/bin/python3
import sys

from mlflow.cli import cli

sys.exit(cli())
PYTHON
chmod +x "$context/mlflow"
cat >"$context/Dockerfile" <<'DOCKERFILE'
FROM local/debian:bookworm-python
ENV PYTHONPATH=/opt/site-packages
# For the programs that MLflow starts, such as `uvicorn`.
RUN ln -s python3 /usr/bin/python
COPY mlflow /usr/local/bin/mlflow
COPY site-packages /opt/site-packages
CMD ["mlflow"]
DOCKERFILE
DOCKER_BUILDKIT=0 docker build --quiet --tag "$image" "$context" >/dev/null
