"""The house plan, enforced: who may import whom, and what an import may load."""

import ast
import subprocess
import sys
import warnings
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

VISION_LINE = (
    "errors",
    "maker_notes",
    "metadata",
    "quiet",
    "containers",
    "pixels",
    "photo",
    "pose",
    "blazepose",
    "regions",
    "litert",
    "figure",
    "cues",
    "position",
    "testees",
    "view",
    "company",
    "bars",
    "edges",
    "window",
    "room",
    "level",
    "geometry",
    "features",
    "calibration_input",
    "learned",
    "calibration",
    "side",
    "stages",
    "angles",
    "observations",
    "flags",
    "plausibility",
    "quality",
    "criteria",
    "own_rules",
    "comparison",
    "repeats",
    "adjustment",
    "findings",
    "status",
    "patterns",
    "interpretation",
    "advice",
    "measurement",
    "jointed",
    "above",
    "suggestions",
    "examination",
    "clips",
    "together",
    "overlay",
)
APP_LINE = (
    "workers",
    "keys",
    "logs",
    "settings",
    "languages",
    "spoken",
    "schemas",
    "translate",
    "examinations",
    "rulebook",
    "score_input",
    "score",
    "scale",
    "fhir",
    "rendering",
    "report",
    "pictures",
    "files",
    "table",
    "guard",
    "outcome",
    "request_problems",
    "problems",
    "gate",
    "metrics",
    "observer",
    "upload",
    "start_page",
    "drawing",
    "correcting",
    "downloads",
    "pages",
    "examination_page",
    "apidoc",
    "answers",
    "engine",
    "desk",
    "routes",
    "page_routes",
    "connections",
    "api",
    "doctor",
    "options",
    "examine",
    "rejudge",
    "serving",
    "agreement",
    "readings",
    "agree",
    "batch",
    "cli",
)
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 40
HEAVY = ("mediapipe", "cv2", "numpy", "PIL", "pydantic", "fastapi", "uvicorn", "rich", "jinja2")


def modules(package: str) -> list[str]:
    """Modules of a package, and packages inside it by their name."""
    files = {path.stem for path in (ROOT / package).glob("*.py")} - {"__init__"}
    inside = {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
    return sorted(files | inside)


def imports(package: str, module: str) -> set[str]:
    """Every module that a file, or a package inside, imports, as dotted names."""
    place = ROOT / package / module
    files = sorted(place.glob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    return {name for file in files for name in _imports_of(file)}


def _imports_of(file: Path) -> set[str]:
    """The same of one file, imports inside functions included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            # "from vision import quality" names a module, "from vision.quality import Flag" not.
            found.add(str(node.module))
            if node.module in ("app", "vision"):
                found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def inner(package: str, module: str) -> set[str]:
    """Modules of the same package that a file imports."""
    own = set(modules(package))
    parts = (name.split(".") for name in imports(package, module))
    found = {part[1] for part in parts if part[0] == package and part[1:] and part[1] in own}
    return found - {module}


def loaded_by(statement: str) -> set[str]:
    """Top-level packages in memory after a statement ran in a fresh interpreter."""
    program = f"{statement}; import sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(result.stdout.split())


@pytest.mark.parametrize(("package", "line"), [("vision", VISION_LINE), ("app", APP_LINE)])
def test_every_module_stands_on_the_line(package: str, line: tuple[str, ...]) -> None:
    assert set(modules(package)) == set(line)


@pytest.mark.parametrize(("package", "line"), [("vision", VISION_LINE), ("app", APP_LINE)])
def test_each_module_imports_only_from_its_left(package: str, line: tuple[str, ...]) -> None:
    for module in modules(package):
        allowed = set(line[: line.index(module)])
        wrong = inner(package, module) - allowed
        assert not wrong, f"{package}.{module} stands left of {wrong}"


def test_the_instrument_does_not_know_the_front_desk() -> None:
    for module in (*modules("vision"), "__init__"):
        names = {name.partition(".")[0] for name in imports("vision", module)}
        assert "app" not in names, f"vision.{module} imports app"


def test_only_blazepose_touches_mediapipe_and_only_when_called() -> None:
    for package in ("vision", "app"):
        for module in modules(package):
            names = {name.partition(".")[0] for name in imports(package, module)}
            assert ("mediapipe" in names) == (module == "blazepose"), f"{package}.{module}"
    assert "mediapipe" not in loaded_by("import vision.measurement, vision.overlay")


def test_only_litert_touches_ai_edge_litert_and_only_when_called() -> None:
    for package in ("vision", "app"):
        for module in modules(package):
            names = {name.partition(".")[0] for name in imports(package, module)}
            assert ("ai_edge_litert" in names) == (module == "litert"), f"{package}.{module}"
    assert "ai_edge_litert" not in loaded_by("import vision.litert")


def test_nothing_that_is_installed_by_default_needs_litert() -> None:
    others = [(one, module) for one in ("vision", "app") for module in modules(one)]
    users = {module for one, module in others if "vision.litert" in imports(one, module)}
    assert users == set()


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
    assert not {"utils", "types", "helpers", "core", "common", "misc"} & set(modules(package))


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
