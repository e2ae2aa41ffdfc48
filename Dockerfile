# The first stage bundles the gateway into one file and gathers Node with the libraries it needs, the last holds these
# and nothing else: no shell, no package manager, no node_modules.
#
#   docker build -t mlflow-gateway .
#
# BUILD_IMAGE needs Node 26 with npm. RUNTIME_IMAGE is what the result is laid upon: `scratch`, or a base image of your
# own, whose C library must not be older than that of BUILD_IMAGE.
#
# Only the machine that builds runs programs. For another processor their files are copied from BUILD_IMAGE for that
# processor, without an emulator: docker buildx build --platform linux/amd64,linux/arm64 .
ARG BUILD_IMAGE=node:26-slim
ARG RUNTIME_IMAGE=scratch
ARG BUILDPLATFORM

FROM ${BUILD_IMAGE} AS target

FROM --platform=${BUILDPLATFORM} ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
# No package needs its install script to make a bundle.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json LICENSE NOTICE Dockerfile ./
COPY build build
COPY src src
COPY --from=target / /target
ARG RUNTIME_IMAGE
ARG SOURCE_DATE_EPOCH
ARG REVISION
RUN node build/image-root.ts /target /root-of-image "${RUNTIME_IMAGE}" && node build/main.ts --image /root-of-image.packages \
 && mkdir -p /root-of-image/opt/mlflow-gateway /root-of-image/usr/share/sbom \
 && cp dist/image/* LICENSE NOTICE /root-of-image/opt/mlflow-gateway/ \
 && cp dist/mlflow-gateway.cdx.json /root-of-image/usr/share/sbom/

FROM ${RUNTIME_IMAGE}
COPY --from=build /root-of-image/ /
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="mlflow-gateway" \
      org.opencontainers.image.description="Policy enforcement gateway for self-hosted MLflow" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# By number, so that Kubernetes can see that it is not root. Any other number works too: nothing is written but to
# volumes.
USER 65532:65532
WORKDIR /
EXPOSE 8000
# Half of the memory limit is for the heap, the rest for buffers, code and the young generation (docs/adr/0027), and V8
# collects garbage before the heap has grown to a multiple of what is in use (docs/adr/0070).
# Node's permission model: no child processes, no workers, no native code, and only these files. They are where the
# chart mounts things; NODE_OPTIONS can add to them (--allow-fs-read=/other).
ENTRYPOINT ["/usr/local/bin/node", \
  "--disallow-code-generation-from-strings", \
  "--max-old-space-size-percentage=50", \
  "--max-semi-space-size=4", \
  "--heap-growing-percent=30", \
  "--permission", \
  "--allow-net", \
  "--allow-fs-read=/opt/mlflow-gateway", \
  "--allow-fs-read=/etc/mlflow-gateway", \
  "--allow-fs-read=/run/mlflow", \
  "--allow-fs-read=/proc/net/unix", \
  "--allow-fs-read=/proc/net/tcp", \
  "--allow-fs-read=/proc/net/tcp6", \
  "--allow-fs-read=/proc/self/status", \
  "--allow-fs-read=/var/log/mlflow-gateway", \
  "--allow-fs-write=/run/mlflow", \
  "--allow-fs-write=/var/log/mlflow-gateway", \
  "--disable-warning=ExperimentalWarning", \
  "/opt/mlflow-gateway/mlflow-gateway.mjs"]
CMD ["serve"]
