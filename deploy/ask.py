"""Send each type of request to a running service once; deploy/rehearse runs this in its containers.

    python ask.py PHOTO [KEY]

Needs only Python, and is not part of the installation.
"""

import json
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

ADDRESS = "http://127.0.0.1:8000"
FORM = {"Content-Type": "multipart/form-data; boundary=x"}
PART = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="photo"\r\n\r\n%s\r\n--x--\r\n'
)
START_SECONDS = 30


def wait() -> None:
    """Wait until the service is ready."""
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            urlopen(f"{ADDRESS}/readyz", timeout=5).close()
        except URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


def ask(photo: Path, key: str) -> None:
    """Request pages and a measurement; an error response raises."""
    headers = {"Authorization": f"Bearer {key}", "Accept-Language": "es-MX"}
    for path in ("/healthz", "/", "/static/page.css", "/openapi.json"):
        with urlopen(Request(ADDRESS + path, headers=headers), timeout=10) as answer:
            print(answer.status, path)
    body = PART % photo.read_bytes()
    request = Request(f"{ADDRESS}/v1/measure", data=body, headers={**headers, **FORM})
    with urlopen(request, timeout=60) as answer:
        result = json.load(answer)
    print(answer.status, "/v1/measure", result["verdict"], result["thigh_deg"])


if __name__ == "__main__":
    wait()
    ask(Path(sys.argv[1]), *(sys.argv[2:] or [""]))
