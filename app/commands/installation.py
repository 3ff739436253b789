"""Checks of an installation: that it is complete and does not call home.

One table of checks; each returns a sentence, or raises an error. They need neither a sample photo
nor a network, so they work from an installed wheel.
"""

import math
import platform
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, distributions, requires, version
from pathlib import Path
from typing import Final, get_args

import numpy as np
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from vision.backends.engines import Engine, chosen_engine, installed_engines, make_estimator
from vision.backends.weights import WEIGHTS_DIR, Variant, verify_weights
from vision.geometry import knee_flexion_angle, thigh_angle
from vision.sides import SIDES, Side

DISTRIBUTION: Final = "thomas-test"
VARIANTS: Final[tuple[Variant, ...]] = get_args(Variant)
DISTRIBUTIONS: Final[dict[Engine, str]] = {"mediapipe": "mediapipe", "litert": "ai-edge-litert"}
FIGURE_SIDE_PX: Final = 320
"""Side of the generated picture on which the model is tested, pixels."""
TOLERANCE_DEG: Final = 1e-6
"""Largest accepted error on the built-in stick figure, degrees."""


class CheckFailed(Exception):
    """A fault of the installation; the message names it and the remedy."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, whether it passed, and a sentence."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """Results of all checks.

    Attributes
    ----------
    python, system : str
        Versions of the interpreter and the operating system.
    packages : dict
        Installed versions of this package and of its dependencies, by name.
    checks : tuple of Check
    """

    python: str
    system: str
    packages: dict[str, str]
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return all(check.ok for check in self.checks)


def examine(backend: str | None = None) -> Report:
    """Run every check; an unexpected error counts as a failure and does not stop the others.

    Parameters
    ----------
    backend : {"auto", "mediapipe", "litert"}, optional
        Engine to check, as for :func:`vision.measure`.
    """
    packages = {name: _installed(name) or "missing" for name in (DISTRIBUTION, *requirements())}
    checks = tuple(_run(name, check) for name, check in checks_of(backend).items())
    return Report(platform.python_version(), platform.platform(), packages, checks)


def requirements() -> dict[str, SpecifierSet]:
    """Return the allowed versions of each runtime dependency on this machine, by name."""
    try:
        lines = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        return {}
    wanted = map(Requirement, lines)
    asked = {"extra": ""}  # extras are not part of a plain installation
    needed = (one for one in wanted if one.marker is None or one.marker.evaluate(asked))
    return {one.name: one.specifier for one in needed}


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _run(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, ok=True, detail=check())
    except CheckFailed as error:
        return Check(name, ok=False, detail=str(error))
    except Exception as error:  # noqa: BLE001 - a broken installation can raise anything
        return Check(name, ok=False, detail=f"{type(error).__name__}: {error}")


def _packages() -> str:
    wanted = requirements()
    if not wanted:
        raise CheckFailed(f"{DISTRIBUTION} is not installed: run pip install in its folder.")
    wrong = [
        f"{name} {have or 'missing'} (needs {span})"
        for name, span in wanted.items()
        if (have := _installed(name)) is None or not span.contains(have, prereleases=True)
    ]
    if wrong:
        raise CheckFailed(f"Install the package again: {'; '.join(wrong)}.")
    return f"All {len(wanted)} dependencies are in range."


def _engine(backend: str | None) -> str:
    engine = chosen_engine(backend)
    have, span = _installed(DISTRIBUTIONS[engine]), requirements().get(DISTRIBUTIONS[engine])
    # Without a span, the engine is an extra here, whose versions pip has checked.
    if have is None or not (span is None or span.contains(have, prereleases=True)):
        why = "; later versions call home" if engine == "mediapipe" else ""
        raise CheckFailed(f"{DISTRIBUTIONS[engine]} {have} is outside {span}{why}.")
    others = [DISTRIBUTIONS[one] for one in installed_engines() if one != engine]
    also = f" Also installed: {', '.join(others)}." if others else ""
    return f"{DISTRIBUTIONS[engine]} {have} runs the pose model.{also}"


def _opencv() -> str:
    names = sorted({str(found.metadata["Name"]).lower() for found in distributions()})
    providers = [name for name in names if name.startswith("opencv")]
    if providers != ["opencv-python-headless"]:
        raise CheckFailed(
            f"Exactly opencv-python-headless must provide cv2, found: {', '.join(providers)}. "
            "Uninstall all of them and install that one."
        )
    return "opencv-python-headless alone provides cv2."


def _weights() -> str:
    sums = [f"{name} {verify_weights(_weight(name))[:12]}…" for name in VARIANTS]
    return f"Sums agree: {', '.join(sums)}."


def _weight(variant: Variant) -> Path:
    return WEIGHTS_DIR / f"pose_landmarker_{variant}.task"


def _geometry() -> str:
    worst = max(
        _figure_error(thigh, flexion, head)
        for thigh in (-20.0, 0.0, 15.0)
        for flexion in (30.0, 80.0, 110.0)
        for head in SIDES
    )
    if not worst <= TOLERANCE_DEG:
        raise CheckFailed(f"A stick figure of known angles reads {worst:.3g}° wrong.")
    return "Stick figures of known angles read right."


def _figure_error(thigh_deg: float, flexion_deg: float, head: Side) -> float:
    """Measure a leg with known angles, and return the larger error in degrees."""
    to_feet = 1.0 if head == "left" else -1.0
    hip = np.array([160.0, 120.0])
    knee = hip + 90.0 * _direction(thigh_deg, to_feet)
    ankle = knee + 80.0 * _direction(thigh_deg - flexion_deg, to_feet)
    thigh = float(thigh_angle(hip, knee, head_towards=head))
    flexion = float(knee_flexion_angle(hip, knee, ankle, head_towards=head))
    return max(abs(thigh - thigh_deg), abs(flexion - flexion_deg))


def _direction(angle_deg: float, to_feet: float) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    angle = math.radians(angle_deg)
    return np.array([to_feet * math.cos(angle), -math.sin(angle)])


@dataclass(frozen=True, slots=True)
class _Trial:
    """Duration of loading, running and closing each model, and the sockets that it used."""

    seconds: dict[str, float]
    sockets: tuple[str, ...]


@cache
def _trial(backend: str | None) -> _Trial:
    """Run each model on a generated picture, once per process, and record sockets."""
    ramp = np.linspace(40, 220, FIGURE_SIDE_PX).astype(np.uint8)
    picture = np.repeat(np.add.outer(ramp // 2, ramp // 2)[:, :, None], 3, axis=2)
    seconds: dict[str, float] = {}
    with _watched_sockets() as seen:
        for variant in VARIANTS:
            started = time.perf_counter()
            with make_estimator(variant, chosen_engine(backend)) as estimator:
                estimator.detect(picture)
            seconds[variant] = time.perf_counter() - started
    return _Trial(seconds, tuple(seen))


def _model(backend: str | None) -> str:
    trial = _trial(backend)
    spent = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in trial.seconds.items())
    return f"Both models load and run ({spent})."


def _network(backend: str | None) -> str:
    sockets = _trial(backend).sockets
    if sockets:
        raise CheckFailed(f"A detection touched the network: {', '.join(sockets)}.")
    return "Loading, detecting and closing opened no socket."


@contextmanager
def _watched_sockets() -> Iterator[list[str]]:
    """Record the socket calls of Python code, and sockets that native code leaves open."""
    seen: list[str] = []
    watching = True

    def hook(event: str, _: tuple[object, ...]) -> None:
        if watching and event.startswith("socket."):
            seen.append(event)

    sys.addaudithook(hook)  # cannot be removed again, so it is switched off instead
    before = _open_sockets()
    try:
        yield seen
    finally:
        watching = False
        seen.extend(sorted(_open_sockets() - before))


def _open_sockets() -> set[str]:
    """Return the open sockets of this process; none if the system has no ``/proc``."""
    names = set()
    for entry in Path("/proc/self/fd").glob("*"):
        try:
            target = str(entry.readlink())
        except OSError:  # the descriptor of the listing itself is closed by now
            continue
        if target.startswith("socket:"):
            names.add(target)
    return names


def checks_of(backend: str | None = None) -> dict[str, Callable[[], str]]:
    """Return all checks by name, in the order in which they run."""
    return {
        "packages": _packages,
        "engine": partial(_engine, backend),
        "opencv": _opencv,
        "weights": _weights,
        "geometry": _geometry,
        "model": partial(_model, backend),
        "network": partial(_network, backend),
    }
