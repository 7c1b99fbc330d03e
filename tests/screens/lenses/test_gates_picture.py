"""The heat map of gates: every cell below its character, whatever the text is made of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.hostile.strangers import NASTY_TEXT, PAYLOADS, STEADY, is_harmless
from tests.screens.lenses.neurons_support import gru, net
from tests.screens.lenses.support import TEXT
from tui_charrnn.engine.lenses.gates import Gates, compute, memory_lengths
from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.widgets.lenses.gates_picture import (
    HEADING,
    MOST_UNITS,
    PINNED,
    Columns,
    length_text,
    picture,
    shades,
)


def gates_of(text: str, units: int = 3) -> Gates:
    """Gates that open along the text, the later units further."""
    rows = np.linspace(0.01, 0.99, max(1, len(text)))[:, np.newaxis] ** np.arange(units, 0, -1)
    gate = {"update": rows[np.newaxis], "reset": 1 - rows[np.newaxis]}
    return Gates(text, 1, gate, memory_lengths(gate))


def test_shades() -> None:
    values = np.array([0, 0.19, 0.2, 0.39, 0.4, 0.59, 0.6, 0.79, 0.8, 1, np.nan])
    assert shades(values) == "  ░░▒▒▓▓██?"


def test_cells_are_as_wide_as_their_heads() -> None:
    columns = Columns.of("a猫\n\te\N{COMBINING ACUTE ACCENT}")
    assert columns.head(0, 6) == "a猫␤ e\N{REPLACEMENT CHARACTER}"
    assert columns.row(np.array([1, 0.5, 0, 1, 0.3, 1]), 0, 6) == "█▒▒ █░█"
    assert (columns.width, columns.start(2), columns.at(2), columns.at(3)) == (7, 3, 1, 2)
    assert columns.at(99) == 5


@STEADY
@given(NASTY_TEXT.filter(len), st.integers(2, 30))
def test_no_character_breaks_the_columns(text: str, width: int) -> None:
    columns, values = Columns.of(text), np.linspace(0, 1, len(text))
    assert len(columns.heads) == len(text)
    assert set(columns.cells.tolist()) <= {1, 2}
    assert is_harmless(columns.head(0, len(text)))
    blocks = list(columns.blocks(width))
    assert [place for first, last in blocks for place in range(first, last)] == [*range(len(text))]
    for first, last in blocks:
        row = columns.row(values, first, last)
        assert cell_len(row) == cell_len(columns.head(first, last)) <= width
    for place in range(len(text)):
        assert columns.at(columns.start(place)) == place


def test_the_picture_has_all_gates_the_whole_text_and_the_longest_memories_first() -> None:
    found = compute(gru(), TEXT, LensOptions())
    lines = [line.plain for line in picture([("gru-7", found)], 90)]
    assert all(cell_len(line) <= 90 for line in lines)
    titles = [line for line in lines if line.startswith("gru-7")]
    assert [title.split()[1] for title in titles] == ["update", "reset"]
    assert f"the {MOST_UNITS} that remember longest of 24 units" in titles[0]
    heads = [line[PINNED:] for line in lines if line.startswith(HEADING)]
    assert "".join(heads) == 2 * TEXT.replace("\n", "␤")
    order = found.order(1)[:MOST_UNITS].tolist()
    start = lines.index(titles[0]) + 2
    rows = lines[start : start + MOST_UNITS]
    assert [int(row[:5]) for row in rows] == order
    for row, unit in zip(rows, order, strict=True):
        values = found.gates["update"][0, :, unit]
        assert row[PINNED:] == shades(values[: 90 - PINNED])
        assert row[5:13].strip() == length_text(found, 1, unit)
        assert float(row[13:18]) == pytest.approx(values.mean(), abs=0.006)


def test_the_layer_is_named_and_shown_where_there_are_several() -> None:
    found = compute(net("lstm", layers=2), TEXT, LensOptions(layer=2))
    lines = [line.plain for line in picture([("lstm-3", found)], 90)]
    titles = [line for line in lines if line.startswith("lstm-3")]
    assert titles == [
        f"lstm-3  {gate} gate, layer 2, 10 units" for gate in found.gates
    ]  # fmt: skip
    unit = int(found.order(2)[0])
    values = next(iter(found.gates.values()))[1, :, unit]
    assert lines[4][PINNED:] == shades(values[: 90 - PINNED])


def test_a_memory_beyond_the_text_is_told_as_such() -> None:
    gate = {"update": np.zeros((1, 1000, 1))}
    found = Gates("x" * 1000, 1, gate, memory_lengths(gate))
    assert length_text(found, 1, 0) == "≥1000"
    gate["update"][0, 0, 0] = 0.5
    assert length_text(Gates("x" * 1000, 1, gate, memory_lengths(gate)), 1, 0) == "999.0"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_names_and_texts_are_harmless(payload: str) -> None:
    for line in picture([(payload, gates_of(payload))], 60):
        assert is_harmless(line.plain)
        assert cell_len(line.plain) <= 60
