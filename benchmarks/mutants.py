"""Prepare a copy of the working tree in which mutmut can change every function of ``vision``.

    python -m benchmarks.mutants COPY

mutmut leaves decorated functions alone, and with them every property. In the copy, each of them is
written without its decorator, which is applied in a line of its own after it. What the copy is run
with, and what came out: ``benchmarks/results/mutation.md``.
"""

import argparse
import ast
import shutil
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
LEFT_OUT: Final = ".git", ".venv", "mutants", "__pycache__", ".mypy_cache", ".ruff_cache"
UNWRAPPED: Final = "property", "cache", "contextmanager"
"""Decorators that are a function of the function alone."""
QUICK: Final = """
    above adjustment advice angles bars body_model calibration clinical_tables clip_frames
    comparison criteria damaged_files errors examination faces features file_kinds fitting
    geometry gravity interpretation level measurement metadata minus observations overlay
    overlay_words photo pose position posture quality repeats room sentences shared_search side status
    strangers suggestions thresholds together view wrong_photos
"""
"""Tests of ``vision``, by the name of their file; those of ``app`` take too long."""
SETTINGS: Final = """
[tool.mutmut]
source_paths = ["vision"]
do_not_mutate = ["vision/backends/*"]
also_copy = ["app", "benchmarks", "sample_images", "docs", "deploy"]
pytest_add_cli_args = ["-n", "0"]
pytest_add_cli_args_test_selection = [{tests}]
"""


def unwrapped(source: str) -> str:
    """Return a module whose properties and cached functions are decorated after their definition.

    Parameters
    ----------
    source : str
        Code with at most one such decorator per function.
    """
    lines = source.split("\n")
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for node in sorted(found, key=lambda one: -one.lineno):  # from the end: places stay as they are
        names = [ast.unparse(one) for one in node.decorator_list]
        if len(names) == 1 and names[0] in UNWRAPPED and node.end_lineno is not None:
            indent = " " * node.col_offset
            lines.insert(node.end_lineno, f"{indent}{node.name} = {names[0]}({node.name})")
            del lines[node.decorator_list[0].lineno - 1]
    return "\n".join(lines)


def prepare(copy: Path) -> None:
    """Copy the tree, unwrap ``vision``, and write mutmut's settings."""
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    for path in (copy / "vision").rglob("*.py"):
        path.write_text(unwrapped(path.read_text("utf-8")), "utf-8")
    tests = ", ".join(f'"tests/test_{name}.py"' for name in QUICK.split())
    with (copy / "pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write(SETTINGS.format(tests=tests))


def main() -> None:
    """Prepare the copy named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("copy", type=Path, help="folder to make")
    prepare(parser.parse_args().copy)


if __name__ == "__main__":
    main()
