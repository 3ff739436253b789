# The web service, or any other command of thomas-test:
#
#   docker build -t thomas-test .
#   docker run --rm --network none --read-only --cap-drop ALL -v "$PWD:/photos:ro" \
#       thomas-test measure /photos
#   docker run --rm -p 127.0.0.1:8000:8000 -e THOMAS_WITHOUT_KEYS=1 --read-only --cap-drop ALL \
#       thomas-test
#
# The last command is for this machine only, so it needs no keys; docs/operations.md describes how
# to create them. At run time, nothing is written or downloaded. compose.yaml runs the service behind
# a proxy; for other ways, see docs/deployment.md. For production, pin the base image by digest, so
# that it cannot change:
#
#   docker build --build-arg BASE=debian:bookworm-slim@sha256:… -t thomas-test .
#
# The wheels contain all libraries except libc, libstdc++, libgcc and zlib. HEIC is not read, because
# its wheel contains an encoder under the GPL, which binds whoever hands the image on (THIRD_PARTY.md);
# for an image of your own:
#
#   docker build --build-arg LOCK=requirements-heic.lock -t thomas-test .

ARG BASE=debian:bookworm-slim

FROM $BASE AS system
# Debian keeps only the newest version of a package, so none is pinned; pin the base image instead.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3.11 libstdc++6 zlib1g \
    && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*

FROM system AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ONLY_BINARY=:all:
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends python3.11-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# One environment builds; the other, without even pip, is shipped.
ARG LOCK=requirements.lock
# Set by docker and podman; on arm64, LiteRT runs the pose model.
ARG TARGETARCH=amd64
COPY requirements*.lock ./
RUN if [ "$TARGETARCH" = arm64 ]; then lock=requirements-arm64.lock; else lock=$LOCK; fi \
    && python3.11 -m venv /opt/build \
    && /opt/build/bin/pip install --require-hashes -r requirements-build.lock \
    && python3.11 -m venv --without-pip /opt/venv \
    && /opt/build/bin/pip --python /opt/venv/bin/python install --require-hashes -r "$lock"
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY app app
COPY vision vision
RUN /opt/build/bin/python -m hatchling build -t wheel -d dist \
    && /opt/build/bin/pip --python /opt/venv/bin/python install --no-deps --no-index dist/*.whl \
    && /opt/build/bin/pip --python /opt/venv/bin/python check
# 35 MB of unused files: tests of other packages, files for compilers and type checkers, and
# Pygments' lexers. Byte code is kept, although it takes 35 MB: it saves a second at every start, and
# the root file system is read-only.
WORKDIR /opt/venv/lib/python3.11/site-packages
RUN find . -type d -name tests -prune -exec rm -r {} + \
    && rm -r numpy/distutils numpy/f2py \
    && find . '(' -name '*.pyi' -o -name '*.h' -o -name '*.a' -o -name '*.pxd' ')' -delete \
    && find pygments/lexers -type f ! -name '__init__.*' ! -name '_mapping.*' -delete

FROM system
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    THOMAS_HOST=0.0.0.0 \
    THOMAS_PORT=8000
USER 10001:10001
WORKDIR /tmp
# A broken installation fails the build instead of the first start.
RUN ["thomas-test", "doctor"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
ENTRYPOINT ["thomas-test"]
CMD ["serve"]
