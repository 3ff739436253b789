"""Render more synthetic photos: fresh ones, harder ones, views from above the feet, examples.

    python benchmarks/render.py GENERATOR OUT --kind plain|harder|above --n 60 --seed 7001
    python benchmarks/render.py GENERATOR OUT --kind examples --seed 7300 --scale 1 --samples 8

GENERATOR is the folder of the synthetic-photo generator; run this with the Python that has
the generator's own requirements (Blender's ``bpy``), not with this project's. Same kind,
number and seed: same photos. Changes for harder photos are in each photo's ``params.camera``.
"""

import argparse
import importlib
import io
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

Params = dict[str, Any]
Generator = Any
"""The generator's module; it is not part of this project and has no types."""


def harder(generator: Generator) -> None:
    """Extend the generator by features of clinical photos that clean renders lack."""
    sample, place, finish = (
        generator.sample_params,
        generator.place_camera,
        generator.postprocess,
    )

    def sample_harder(rng: np.random.Generator, design: Params) -> Params:
        params: Params = sample(rng, design)
        _other_pelvis(params, rng)
        _loose_clothes(params, rng)
        params["camera"]["harder"] = {
            "hands": bool(rng.random() < 0.3),
            "cropped": str(rng.choice(["no", "foot", "head"], p=[0.75, 0.15, 0.1])),
            "blur_px": float(rng.uniform(0.5, 2.0)) if rng.random() < 0.4 else 0.0,
            "shake_px": float(rng.uniform(2, 6)) if rng.random() < 0.2 else 0.0,
            "darkness": float(rng.uniform(0.25, 0.7)) if rng.random() < 0.35 else 1.0,
            "jpeg": int(rng.integers(30, 75)),
            "resized_to": float(rng.choice([1.0, 0.75, 0.5])),
            "pelvis": params.pop("pelvis"),
        }
        if params["camera"]["harder"]["darkness"] < 1:
            params["light"]["strength"] *= 0.5
            params["camera"]["noise"] *= 2.5
        return params

    def place_closer(params: Params, points: Any, rng: np.random.Generator) -> Any:
        """Let the foot of the hanging leg or the head fall out of the frame."""
        cropped = params["camera"]["harder"]["cropped"]
        if cropped == "foot":  # the hanging foot is the lowest part
            points = points[points[:, 2] > np.quantile(points[:, 2], 0.05)]
        elif cropped == "head":
            points = points[points[:, 0] > points[:, 0].min() + 0.3]
        return place(params, points, rng)

    def finish_harder(png: str, jpg: str, params: Params, rng: np.random.Generator) -> None:
        finish(png, jpg, params, rng)
        _spoil(Path(jpg), params["camera"]["harder"], rng)

    generator.sample_params = sample_harder
    generator.place_camera = place_closer
    generator.postprocess = finish_harder
    _add_hands(generator)


def _other_pelvis(params: Params, rng: np.random.Generator) -> None:
    """Tilt the pelvis forward with a hollow back, or pull it over; the thigh stays as asked."""
    kind = str(rng.choice(["flat", "hollow", "over_pulled"], p=[0.4, 0.35, 0.25]))
    if kind == "hollow":
        params["pelvic_tilt"] = float(rng.uniform(-12, 3))
        params["lumbar_unroll"] = params["pelvic_tilt"] + float(rng.uniform(-2, 3))
    elif kind == "over_pulled":
        params["pelvic_tilt"] = float(rng.uniform(16, 26))
        params["lumbar_unroll"] = params["pelvic_tilt"] - float(rng.uniform(0, 6))
    params["pelvis"] = kind


def _loose_clothes(params: Params, rng: np.random.Generator) -> None:
    if rng.random() < 0.5:
        params["clothes"].update(
            bottom="long", leg_len=float(rng.uniform(0.7, 1.7)), tight=False, top_tight=False
        )


def _spoil(path: Path, how: Params, rng: np.random.Generator) -> None:
    """Blur, shake, darken, reduce and compress a finished photo; its size stays."""
    picture = Image.open(path).convert("RGB")
    size = picture.size
    if how["blur_px"]:
        picture = picture.filter(ImageFilter.GaussianBlur(how["blur_px"]))
    if how["shake_px"]:
        length = int(how["shake_px"])
        turn = float(rng.uniform(0, math.pi))
        shifts = np.linspace(-length / 2, length / 2, 2 * length + 1)
        pixels = np.mean(
            [
                np.asarray(
                    picture.transform(
                        size,
                        Image.Transform.AFFINE,
                        (1, 0, s * math.cos(turn), 0, 1, s * math.sin(turn)),
                        Image.Resampling.BILINEAR,
                    ),
                    np.float64,
                )
                for s in shifts
            ],
            axis=0,
        )
        picture = Image.fromarray(pixels.astype(np.uint8))
    picture = picture.point(lambda value: value * how["darkness"])
    small = tuple(round(side * how["resized_to"]) for side in size)
    squeezed = io.BytesIO()
    picture.resize(small).save(squeezed, "JPEG", quality=how["jpeg"])
    Image.open(squeezed).resize(size, Image.Resampling.BICUBIC).save(path, quality=90)


def _add_hands(generator: Generator) -> None:
    """Let somebody's forearm reach in from above and rest on the tested knee."""
    build = generator.build_scene

    def build_with_hands(figure: Any, params: Params, args: Any, rng: np.random.Generator) -> Any:
        built = build(figure, params, args, rng)
        if not params["camera"]["harder"]["hands"]:
            return built
        scene = importlib.import_module("thomas_synth.scene")
        skin = scene.plain("hand", np.array(params["look"]["base"]) * 0.9, 0.5)
        knee = figure.joints()[f"{params['test_side']}_knee"][1]
        reach = np.array([rng.uniform(-0.05, 0.25), rng.uniform(-0.3, 0.3), 0.45])
        for share in np.linspace(0.25, 1.0, 12):  # overlapping balls make a forearm
            radius = 0.032 + 0.018 * share
            scene.ellipsoid("arm", knee + [0, 0, 0.06] + reach * share, (radius,) * 3, skin)
        hand = knee + [0, 0, 0.075] + reach * 0.08
        scene.ellipsoid("hand", hand, (0.05, 0.045, 0.025), skin)
        return built

    generator.build_scene = build_with_hands


def above(generator: Generator) -> None:
    """Look down on the body from beyond and above the feet, with abduction and rotation."""
    sample = generator.sample_params

    def sample_above(rng: np.random.Generator, design: Params) -> Params:
        params: Params = sample(rng, design)
        leg, camera = params["test_leg"], params["camera"]
        if not design.get("keep_leg"):
            leg["abduction"] = float(rng.uniform(-5, 25))
            leg["rotation"] = float(rng.uniform(-25, 25))
            leg["knee"] = float(rng.uniform(75, 140))
            leg["theta"] = float(rng.uniform(-20, 25))
        portrait = rng.random() < 0.75
        long_px, short_px = 960, int(rng.choice([720, 540]))
        camera["width"], camera["height"] = (short_px, long_px) if portrait else (long_px, short_px)
        camera["above"] = {
            "beyond_hips_m": float(rng.uniform(0.8, 1.6)),
            "aside_m": float(rng.uniform(-0.2, 0.2)),
            "above_table_m": float(rng.uniform(1.2, 2.4)),
        }
        camera["yaw"] = 0.0
        params["room"].update(ceiling=False, side_wall=float(rng.choice([-2.7, 0.0])))
        params["room"]["wall_dist"] = max(params["room"]["wall_dist"], 1.0)
        return params

    def place_above(params: Params, points: Any, rng: np.random.Generator) -> Any:
        camera = params["camera"]
        size = np.array([camera["width"], camera["height"]], float)
        where = camera["above"]
        position = np.array([where["beyond_hips_m"], where["aside_m"], where["above_table_m"]])
        middle = (points.min(0) + points.max(0)) / 2
        for _ in range(40):
            matrix = generator.look_matrix(position, middle, camera["roll"])
            pixels, _depth = generator.project(matrix, 36.0, *size, points)
            focal = 36 / 36 * size.max()
            offset = (pixels.max(0) + pixels.min(0)) / 2 - size / 2
            ray = matrix[:3, :3] @ np.array([offset[0] / focal, -offset[1] / focal, -1.0])
            middle = position + ray
        matrix = generator.look_matrix(position, middle, camera["roll"])
        pixels, depth = generator.project(matrix, 36.0, *size, points)
        extent = ((pixels.max(0) - pixels.min(0)) / size).max()
        lens = 36.0 * float(rng.uniform(0.7, 0.9)) / extent
        if not 20 <= lens <= 80 or depth.min() < 0.2:
            message = "no camera fits"
            raise RuntimeError(message)
        camera["dist"] = float(np.linalg.norm(position - middle))
        return matrix, lens, camera["dist"]

    generator.sample_params = sample_above
    generator.place_camera = place_above


EXAMPLES = {
    "healthy": {"left": (-11, 79), "right": (-9, 81)},
    "iliopsoas-right": {"left": (-11, 79), "right": (14, 101), "right-above": (14, 101)},
    "rectus-femoris-both": {
        "left": (12, 48),
        "left-retest": (-9, 20),
        "right": (-7, 50),
    },
}
"""Worked examinations: per photo the thigh (degrees, + above) and the knee flexion. One person
each, photographed from the tested side."""


def render_examples(generator: Generator, args: argparse.Namespace) -> None:
    """Render the photos of every worked examination, the same body in each."""
    body = importlib.import_module("thomas_synth.body").BodyModel()
    plain = generator.sample_params, generator.place_camera
    for index, (name, photos) in enumerate(EXAMPLES.items()):
        for which, (thigh, flexion) in photos.items():
            side, _, view = which.partition("-")
            generator.sample_params, generator.place_camera = plain
            if view == "above":
                above(generator)
            design = {
                "test_side": side,
                "camera_side": 1 if side == "left" else -1,
                "theta": thigh,
                "knee": 180 - flexion,
                "yaw": 3.0,
                "roll": -1.0,
                "keep_leg": True,
            }
            args.out.mkdir(parents=True, exist_ok=True)
            truth = generator.make_one(body, index, design, args)
            for ending in (".jpg", ".json"):
                (args.out / f"{truth['name']}{ending}").rename(args.out / f"{name}-{which}{ending}")


KINDS: dict[str, Callable[[Generator], None]] = {
    "plain": lambda _: None,
    "harder": harder,
    "above": above,
}


def main() -> None:
    """Parse the command line and hand over to the generator."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("generator", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--kind", choices=(*KINDS, "examples"), default="plain")
    parser.add_argument("--n", type=int, default=60)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--stop", type=int)
    parser.add_argument("--scale", type=float, default=0.6)
    parser.add_argument("--samples", type=int, default=4)
    args = parser.parse_args()
    sys.path.insert(0, os.fspath(args.generator))
    generator = importlib.import_module("generate")
    if args.kind == "examples":
        render_examples(generator, args)
        return
    KINDS[args.kind](generator)
    sys.argv = ["generate", "--out", os.fspath(args.out), "--n", str(args.n)]
    for name in ("seed", "threads", "start", "stop", "scale", "samples"):
        if getattr(args, name) is not None:
            sys.argv += [f"--{name}", str(getattr(args, name))]
    generator.main()


if __name__ == "__main__":
    main()
