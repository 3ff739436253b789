"""The house plan, enforced: who may import whom, and what an import may load."""

import ast
import subprocess
import sys
import warnings
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 40
HEAVY = ("mediapipe", "cv2", "numpy", "PIL", "pydantic", "fastapi", "uvicorn", "rich", "jinja2")


def sources(package: str) -> list[Path]:
    """Every file of a package."""
    return sorted((ROOT / package).rglob("*.py"))


def imports(file: Path) -> set[str]:
    """Every module that a file imports, as dotted names; imports inside functions included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            found.add(str(node.module))
    return found


def loaded_by(statement: str) -> set[str]:
    """Top-level packages in memory after a statement ran in a fresh interpreter."""
    program = f"{statement}; import sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(result.stdout.split())


@pytest.mark.parametrize(
    ("library", "adapter"), [("mediapipe", "mediapipe"), ("ai_edge_litert", "networks")]
)
def test_only_its_adapter_touches_a_pose_library_and_only_when_called(
    library: str, adapter: str
) -> None:
    for file in (*sources("vision"), *sources("app")):
        tops = {name.partition(".")[0] for name in imports(file)}
        assert (library in tops) == (file == ROOT / f"vision/backends/{adapter}.py"), file
    assert library not in loaded_by(f"import vision.backends.{adapter}, vision.overlay")


@pytest.mark.parametrize("engine", ["mediapipe", "litert"])
def test_only_the_choice_of_an_engine_names_one(engine: str) -> None:
    files = (*sources("vision"), *sources("app"))
    naming = [file.name for file in files if f"vision.backends.{engine}" in imports(file)]
    assert naming == ["engines.py"]


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_by("import vision").isdisjoint(HEAVY)


def test_importing_the_command_line_loads_neither_model_nor_server() -> None:
    # typer itself may load pydantic or rich: that is its affair.
    heavy = set(HEAVY) - {"pydantic", "rich"}
    assert loaded_by("import app.cli").isdisjoint(heavy)


def test_exactly_one_distribution_provides_opencv() -> None:
    names = {str(found.metadata["Name"]).lower() for found in distributions()}
    assert {name for name in names if name.startswith("opencv")} == {"opencv-python-headless"}


@pytest.mark.parametrize("package", ["vision", "app"])
def test_no_drawer_for_odds_and_ends(package: str) -> None:
    names = {
        name for file in sources(package) for name in file.relative_to(ROOT).with_suffix("").parts
    }
    assert not {"utils", "types", "helpers", "core", "common", "misc"} & names


@pytest.mark.filterwarnings("default")
def test_long_files_and_functions_are_told_of(tmp_path: Path) -> None:
    """A budget, not a law: what is over it is listed among the warnings."""
    within = "def whole():\n" + "    work()\n" * (MAX_FUNCTION_LINES - 1)
    (tmp_path / "within.py").write_text(within + "\n" * (MAX_FILE_LINES - MAX_FUNCTION_LINES))
    (tmp_path / "long.py").write_text("\n" * (MAX_FILE_LINES + 1))
    (tmp_path / "longer.py").write_text(within + "    work()\n")
    assert [text.partition("/")[2] for text in _over_budget(tmp_path)] == [
        f"long.py ({MAX_FILE_LINES + 1} lines)",
        f"longer.py::whole ({MAX_FUNCTION_LINES + 1} lines)",
    ]
    long = [text for package in ("vision", "app") for text in _over_budget(ROOT / package)]
    if long:
        warnings.warn("longer than the budget: " + ", ".join(long), stacklevel=1)


def _over_budget(folder: Path) -> list[str]:
    found = []
    for file in sorted(folder.rglob("*.py")):
        source = file.read_text("utf-8")
        name = file.relative_to(folder.parent)
        if (lines := source.count("\n")) > MAX_FILE_LINES:
            found.append(f"{name} ({lines} lines)")
        found += [
            f"{name}::{node.name} ({lines} lines)"
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (lines := _lines_of_code(node)) > MAX_FUNCTION_LINES
        ]
    return found


def _lines_of_code(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    first = node.body[0]
    described = first if ast.get_docstring(node) is not None else None
    docstring = 0 if described is None else (described.end_lineno or 0) - described.lineno + 1
    return (node.end_lineno or 0) - node.lineno + 1 - docstring


def test_docstrings_do_not_count_for_the_budget() -> None:
    (node,) = ast.parse('def one():\n    """Say.\n\n    More.\n    """\n    return 1\n').body
    assert isinstance(node, ast.FunctionDef)
    assert _lines_of_code(node) == 2
