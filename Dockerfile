# The web service, or any other command of thomas-test:
#
#   docker build -t thomas-test .
#   docker run --rm -p 127.0.0.1:8000:8000 -e THOMAS_WITHOUT_KEYS=1 \
#       --read-only --cap-drop ALL thomas-test
#   docker run --rm -p 8000:8000 -e THOMAS_KEYS="$(cat keys.txt)" --read-only thomas-test
#   docker run --rm --network none --read-only -v "$PWD:/photos:ro" thomas-test measure /photos
#
# The first is for this machine only, so it needs no keys; see docs/operations.md for the second.
# Nothing is written and nothing is fetched while it runs. The wheels bring every library but
# libc, libstdc++, libgcc and zlib, which the base image has: nothing to install from Debian.

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
WORKDIR /src
COPY constraints.txt pyproject.toml README.md LICENSE NOTICE ./
COPY app app
COPY vision vision
RUN /opt/venv/bin/pip install -c constraints.txt .

FROM python:3.11-slim-bookworm
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /tmp
# Breaks the build instead of the first start.
RUN ["thomas-test", "doctor"]
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
ENTRYPOINT ["thomas-test"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
