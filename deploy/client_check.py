"""Generate a client from the API's description, and call every endpoint with it.

    python -m deploy.client_check path/to/openapi-python-client

The generator is not part of this environment: it wants other versions of what is installed here. Fails
if an operation is missing from :data:`CALLS`, or does not answer with the type that it describes.
"""

import importlib
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import uvicorn

from app.server import create_app
from app.service.openapi import document

ROOT: Final = Path(__file__).parents[1]
SIDE: Final = ROOT / "sample_images" / "left-near-1.jpg"
LEGS: Final = "docs/examples/healthy-{}.jpg"
NAME: Final = "generated"


def main(generator: str) -> None:
    """Generate with the program of that path, serve, and call."""
    app = create_app()
    described = document(app)
    with tempfile.TemporaryDirectory() as folder:
        generate(generator, described, Path(folder))
        sys.path.insert(0, folder)
        client = importlib.import_module(f"{NAME}.client")
        with _serving(app) as address:
            call_all(described, client.Client(base_url=address, timeout=120.0))


def generate(generator: str, described: dict[str, Any], folder: Path) -> None:
    """Write the generated client into a folder, as the package ``generated``."""
    file = folder / "openapi.json"
    file.write_text(json.dumps(described), "utf-8")
    command = [generator, "generate", "--path", str(file), "--meta", "none", "--fail-on-warning"]
    subprocess.run([*command, "--output-path", str(folder / NAME)], check=True)


def call_all(described: dict[str, Any], client: Any) -> None:
    """Call every operation; the type of each answer is the one that was described."""
    for methods in described["paths"].values():
        for operation in methods.values():
            name = operation["operationId"]
            tag = operation["tags"][0].lower()
            module = importlib.import_module(f"{NAME}.api.{tag}.{name}")
            CALLS[name](module, client)
            sys.stdout.write(f"{name}: called\n")


def _models() -> ModuleType:
    return importlib.import_module(f"{NAME}.models")


def _file(path: Path) -> Any:
    types = importlib.import_module(f"{NAME}.types")
    return types.File(BytesIO(path.read_bytes()), path.name, "image/jpeg")


def _measure(module: ModuleType, client: Any) -> Any:
    models = _models()
    body = models.MeasurePhotoBody(
        file=_file(SIDE), lower_back_flat=models.MeasurePhotoBodyLowerBackFlat.YES
    )
    found = module.sync(client=client, body=body)
    assert isinstance(found, models.MeasurementOut), found
    assert found.thigh_deg is not None
    return found


def _examine(module: ModuleType, client: Any) -> None:
    models = _models()
    left, right = (_file(ROOT / LEGS.format(side)) for side in ("left", "right"))
    body = models.ExaminePersonBody(left=[left], right=[right], session="2026-11-23")
    found = module.sync(client=client, body=body)
    assert isinstance(found, models.ExaminationOut), found
    assert found.left is not None


def _score(module: ModuleType, client: Any) -> None:
    models = _models()
    measured = _measure(importlib.import_module(f"{NAME}.api.measuring.measure_photo"), client)
    # The points of a result are accepted as they are.
    points = models.PointsIn.from_dict(measured.points.to_dict())
    found = module.sync(client=client, body=models.ScoreIn(measurement=measured, points=points))
    assert isinstance(found, models.MeasurementOut), found
    assert found.thigh_deg.value == measured.thigh_deg.value
    refused = module.sync(client=client, body=models.ScoreIn())
    assert isinstance(refused, models.Problem), refused
    assert refused.code == "invalid_option"


def _is_listed(module: ModuleType, client: Any) -> None:
    found = module.sync(client=client)
    assert isinstance(found, list), found
    assert found


def _is_answered(module: ModuleType, client: Any) -> None:
    found = module.sync_detailed(client=client)
    assert found.status_code == 200, found
    assert found.parsed is not None


CALLS: Final[dict[str, Callable[[ModuleType, Any], Any]]] = {
    "measure_photo": _measure,
    "examine_person": _examine,
    "score_points": _score,
    "list_criteria": _is_listed,
    "list_norms": _is_listed,
    "get_schema": _is_answered,
    "get_health": _is_answered,
    "get_readiness": _is_answered,
    "get_metrics": _is_answered,
}
"""How each operation is called, by its id."""


@contextmanager
def _serving(app: Any) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.05)
            assert thread.is_alive()
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1])
