"""The documents say what is so: links, keys, and a cell that is added as the page tells."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from tests.engine.support import lively_model, small
from tests.engine.test_gradients import Case
from tui_charrnn.engine import config as configuration
from tui_charrnn.engine import registry
from tui_charrnn.engine.config import SPECS
from tui_charrnn.screens.lenses import LENSES

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BY_NAME = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def script(name: str, path: Path) -> ModuleType:
    """Load a file that lies in no package."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where dataclasses and pickle look for it
    spec.loader.exec_module(module)
    return module


links, keys = (script(f"docs_{name}", ROOT / "docs" / f"{name}.py") for name in ("links", "keys"))


@BY_NAME
def test_every_link_to_code_leads_to_what_it_names(document: Path) -> None:
    assert document.read_text() == links.renewed(document), "python docs/links.py sets the lines"


@BY_NAME
def test_every_file_that_is_linked_is_there(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text())
    assert [each for each in targets if not (document.parent / each).exists()] == []


def test_a_link_to_what_is_not_there_is_found(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text("class A:\n    def b(self): ...\n")
    page = tmp_path / "page.md"
    page.write_text("[`A.b`](code.py#L77) and [`A`](code.py#L2)")
    assert links.renewed(page) == "[`A.b`](code.py#L2) and [`A`](code.py#L1)"
    page.write_text("[`A.c`](code.py#L2)")
    with pytest.raises(KeyError, match=r"A\.c"):
        links.renewed(page)
    page.write_text("[`A.b`](gone.py#L2)")
    with pytest.raises(FileNotFoundError):
        links.renewed(page)


@pytest.mark.parametrize("field", ["cell", "initialization", "optimizer", "schedule", "clip_by"])
def test_the_mathematics_of_every_choice_are_told(field: str) -> None:
    text = (ROOT / "docs" / "mathematics.md").read_text().lower()
    missing = [choice for choice in SPECS[field].choices if not re.search(rf"\b{choice}\b", text)]
    assert missing == []


def test_the_measure_of_every_lens_is_told() -> None:
    text = (ROOT / "docs" / "mathematics.md").read_text()
    assert [lens.title for lens in LENSES.values() if f"**{lens.title}**" not in text] == []


def test_the_keys_in_the_readme_are_those_of_the_app() -> None:
    readme = (ROOT / "README.md").read_text()
    assert readme == keys.renewed(readme), "python docs/keys.py --write sets them"


def test_every_key_is_in_one_table_of_its_screen() -> None:
    tables = dict(keys.tables())
    everywhere = tables["On all screens"]
    assert everywhere["?"] == "Show this help"
    assert tables["Train"]["+"] == "Raise the learning rate"
    assert tables["Runs"]["/"] == "Show some of the runs only"
    for title in ("Train", "Race", "Runs", "Sweep", "All lenses"):
        assert not everywhere.items() & tables[title].items()
    with pytest.raises(ValueError, match="needs the lines"):
        keys.renewed("a README without them")


@pytest.fixture
def mgu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Add the cell of the page as the page tells; return its name."""
    page = (ROOT / "docs" / "add-a-cell.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    path = tmp_path / "mgu.py"
    path.write_text(code)
    cell = script("docs_mgu", path).MGU
    monkeypatch.setitem(registry.CELLS, cell.name, cell)
    spec = SPECS["cell"]
    added = replace(spec, choices=(*spec.choices, cell.name))
    monkeypatch.setitem(configuration.SPECS, "cell", added)
    fields = tuple(added if each is spec else each for each in configuration.FIELDS)
    monkeypatch.setattr(configuration, "FIELDS", fields)
    yield cell.name
    del sys.modules["docs_mgu"]


@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("layers", [1, 2])
def test_the_cell_of_the_page_has_the_gradients_of_its_loss(
    mgu: str, layers: int, batch_size: int
) -> None:
    config = small(cell=mgu, layers=layers, hidden_size=3, batch_size=batch_size)
    case = Case(lively_model(config, 4))
    for name, gradient in case.gradients.items():
        numeric = case.differences(name)
        assert np.abs(numeric).max() > 1e-5
        np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-9, err_msg=name)


def test_the_cell_of_the_page_steps_as_it_scans(mgu: str) -> None:
    model = lively_model(small(cell=mgu, layers=2, hidden_size=3), 4)
    ids, state = np.array([0, 3, 1, 2, 2]), model.initial_state()
    after = model.read(ids, state)
    for identifier in ids:
        _, state = model.step(int(identifier), state)
    np.testing.assert_allclose(state, after, rtol=1e-12)
