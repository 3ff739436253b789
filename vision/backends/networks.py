"""The two networks of a ``.task`` file on LiteRT; the only module that imports ``ai_edge_litert``.

The landmark network also draws a silhouette, which takes up to two fifths of its time and is not
needed in every pass. Therefore it is split when it is loaded: one part finds the landmarks, and the
other continues from two of its feature maps. Both compute the same operations as the whole, so
the results are the same to the bit.
"""

import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vision.backends.silence import silenced_stderr
from vision.errors import InvalidOption

DETECTOR: Final = "pose_detector.tflite"
LANDMARKER: Final = "pose_landmarks_detector.tflite"
OUTLINE: Final = "outline"
"""The part of the landmark network that draws the silhouette."""
SEEN: Final = (0, 1, 3)
"""Outputs of the landmark network that are always used: landmarks, presence, heatmaps."""
_DRAWN: Final = 2
"""Its output with the silhouette; the last, landmarks in metres, is not used."""


class Network:
    """A network that is ready to run; its input is written into its own memory."""

    def __init__(self, content: bytes) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._network = Interpreter(model_content=content, num_threads=1)
        self._network.allocate_tensors()
        self._inputs = [int(one["index"]) for one in self._network.get_input_details()]
        self._outputs = [int(one["index"]) for one in self._network.get_output_details()]

    def run(self, *pictures: NDArray[np.float32]) -> None:
        """Run on one picture, or on the feature maps of another network."""
        for index, picture in zip(self._inputs, pictures, strict=True):
            self._network.tensor(index)()[0] = picture
        self._network.invoke()

    def outputs(self, first: int = 0, last: int | None = None) -> list[NDArray[np.float32]]:
        """Return copies of the outputs of the latest run, or of some of them."""
        return [self._network.get_tensor(index)[0] for index in self._outputs[first:last]]


def load_networks(path: Path) -> dict[str, Network]:
    """Load the networks of a ``.task`` file.

    Raises
    ------
    InvalidOption
        If LiteRT is not installed.
    """
    try:
        with zipfile.ZipFile(path) as bundle, silenced_stderr():  # it announces its CPU delegate
            marks, outline = split(bundle.read(LANDMARKER))
            parts = {DETECTOR: bundle.read(DETECTOR), LANDMARKER: marks, OUTLINE: outline}
            return {name: Network(content) for name, content in parts.items()}
    except ModuleNotFoundError as error:
        raise InvalidOption(
            "LiteRT is not installed: pip install 'thomas-test[litert]'."
        ) from error


def split(content: bytes) -> tuple[bytes, bytes]:
    """Split the landmark network.

    Returns
    -------
    bytes
        Outputs: landmarks, presence, heatmaps, and the feature maps that the rest needs.
    bytes
        Inputs: these feature maps. Output: the silhouette.
    """
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    model.signatureDefs = None
    graph = model.subgraphs[0]
    steps, inputs, outputs = list(graph.operators), list(graph.inputs), list(graph.outputs)
    seen, drawn = [outputs[number] for number in SEEN], [outputs[_DRAWN]]
    first = _needed(steps, seen)
    made = _fed(steps, inputs) & {int(t) for step in first for t in step.outputs}
    rest = [step for step in _needed(steps, drawn) if step not in first]
    border = sorted({int(t) for step in rest for t in step.inputs} & made)
    return (
        _packed(model, first, inputs, [*seen, *border]),
        _packed(model, _needed(steps, drawn, given=border), border, drawn),
    )


def _needed(steps: Sequence[Any], goals: Iterable[int], given: Iterable[int] = ()) -> list[Any]:
    """Return the steps of a graph, in their order, that lead to tensors from given ones."""
    wanted, found, known = {int(t) for t in goals}, [], set(given)
    for step in reversed(steps):
        if wanted & ({int(t) for t in step.outputs} - known):
            found.append(step)
            wanted |= {int(t) for t in step.inputs}
    return found[::-1]


def _fed(steps: Sequence[Any], inputs: Iterable[int]) -> set[int]:
    """Return the tensors that depend on the input; the others are weights."""
    fed = {int(t) for t in inputs}
    for step in steps:
        if fed & {int(t) for t in step.inputs}:
            fed |= {int(t) for t in step.outputs}
    return fed


def _packed(
    model: Any, steps: Sequence[Any], inputs: Sequence[int], outputs: Sequence[int]
) -> bytes:
    """Write a model of some of the steps, with the weights that they need."""
    import flatbuffers

    graph = model.subgraphs[0]
    graph.operators, graph.inputs, graph.outputs = list(steps), list(inputs), list(outputs)
    used = {int(t) for step in steps for t in (*step.inputs, *step.outputs)}
    contents = [one.data for one in model.buffers]
    kept = {tensor.buffer for number, tensor in enumerate(graph.tensors) if number in used}
    for number, one in enumerate(model.buffers):
        one.data = contents[number] if number in kept else None
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    for one, data in zip(model.buffers, contents, strict=True):
        one.data = data
    return bytes(builder.Output())
