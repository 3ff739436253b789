"""The picture of the house shows the contracts and the imports as they are."""

import xml.etree.ElementTree as ET
from types import ModuleType

import pytest


@pytest.fixture
def house() -> ModuleType:
    pytest.importorskip("grimp", reason="the extra [dev] is not installed")
    from deploy import house

    return house


def test_the_picture_is_current(house: ModuleType) -> None:
    drawn, committed = house.draw(), house.PICTURE.read_text("utf-8")
    assert drawn == committed, "run python -m deploy.house and commit docs/images/house.svg"


def test_the_picture_is_described_for_screen_readers(house: ModuleType) -> None:
    root = ET.fromstring(house.draw())
    space = {"svg": "http://www.w3.org/2000/svg"}
    assert root.get("role") == "img"
    for part in ("title", "desc"):
        (element,) = root.findall(f"svg:{part}", space)
        assert element.get("id") in (root.get("aria-labelledby") or "").split()
        assert element.text
    assert "prefers-color-scheme: dark" in (root.findtext("svg:style", "", space))


def test_arrows_follow_the_imports(house: ModuleType) -> None:
    import grimp

    graph = grimp.ImportGraph()
    for importer, imported in (
        ("app.web.pages", "app.results.convert"),
        ("app.web.pages", "app.web.form"),  # in the same room: no arrow
        ("app.web", "app.results"),  # the same arrow again
        ("app.web.pages", "vision"),  # not a room
    ):
        graph.add_import(importer=importer, imported=imported)
    floors = [house.Floor(name, (f"app.{name}",)) for name in ("web", "reports", "results")]
    assert house.imports_between(floors, graph) == [(0, 2)]


def test_a_stage_outside_the_groups_is_refused(house: ModuleType) -> None:
    contract = (
        "[[tool.importlinter.contracts]]\n"
        'containers = ["vision"]\nlayers = [\n{first}    "b", "c",\n    # Second\n    "d",\n]\n'
    )
    floors = house.stages(contract.format(first="    # First\n"))
    assert [(floor.name, floor.modules) for floor in floors] == [
        ("First", ("vision.b", "vision.c")),
        ("Second", ("vision.d",)),
    ]
    with pytest.raises(ValueError, match="must stand below a comment"):
        house.stages(contract.format(first=""))
