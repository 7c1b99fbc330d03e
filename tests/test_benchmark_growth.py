"""The benchmark of growth finds the exponents of known times, and tells all that it measures."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from benchmarks import growth, growth_drawing, growth_texts
from benchmarks.growth import Axis, Shape, add_row, growth_table, verdict
from benchmarks.growth_fits import Curve, Fit, fit
from tui_charrnn.engine import Corpus

SIZES = np.array([64.0, 128, 256, 512, 1024])


def curve(k: float, mathematics: float = 2, label: str = "rnn B=1", axis: str = "H") -> Curve:
    """Return times that grow exactly so, in rounds of which some are slow."""
    times = 1e-3 + 1e-6 * SIZES**k
    slow = np.array([1, 1.1, 3, 1, 0.9])[:, np.newaxis]
    return Curve(axis, label, SIZES, times * slow, mathematics)


@pytest.mark.parametrize("k", [0.5, 1.0, 2.0, 2.7])
def test_a_known_curve_is_found(k: float) -> None:
    found = fit(SIZES, 1e-3 + 1e-6 * SIZES**k)
    assert found.k == pytest.approx(k, abs=0.02)
    assert found.a == pytest.approx(1e-3, rel=0.02)
    assert found(SIZES) == pytest.approx(1e-3 + 1e-6 * SIZES**k, rel=1e-3)


def test_what_does_not_grow_is_told_as_a_constant() -> None:
    assert f"{fit(SIZES, np.full(5, 0.002))}" == "2 ms"
    falling = fit(SIZES, 1 / SIZES)
    assert (falling.a >= 0, falling.b >= 0) == (True, True)
    assert f"{Fit(0.001, 2e-6, 1.5)}" == "1 + 0.002 x^1.50 ms"


def test_the_exponent_is_that_of_the_two_largest_sizes() -> None:
    one = curve(2)
    grown = np.log((1e-3 + 1e-6 * 1024**2) / (1e-3 + 1e-6 * 512**2)) / np.log(2)
    assert one.exponent == pytest.approx(grown)
    assert one.times[0] == pytest.approx(1e-3 + 1e-6 * 64**2)


@pytest.mark.parametrize(
    ("k", "mathematics", "bare", "told"),
    [
        (2.0, 2, None, "yes"),
        (2.3, 2, None, "no"),
        (2.3, 2, 2.25, "as its products do"),
        (2.5, 2, 2.3, "no"),
        (1.2, 1, None, "no"),
        (0.05, 0, None, "yes"),
    ],
)
def test_the_verdict(k: float, mathematics: float, bare: float | None, told: str) -> None:
    def pure(exponent: float) -> Curve:
        return Curve("H", "rnn B=1", SIZES, np.tile(SIZES**exponent, (5, 1)), mathematics)

    assert verdict(pure(k), None if bare is None else pure(bare)) == told
    table = growth_table()
    add_row(table, pure(k))
    cells = {str(column.header): list(column.cells) for column in table.columns}
    assert cells["exponent at the end"] == [f"{k:.2f} ({k:.2f} to {k:.2f})"]
    assert cells["sizes"] == ["64 to 1,024"]


def test_a_text_has_its_length_and_all_its_characters() -> None:
    for length in (100, growth_texts.BLOCK, growth_texts.BLOCK + 7):
        corpus = Corpus.from_blocks(growth_texts.blocks(length, 96), "text")
        assert (len(corpus), corpus.vocab_size) == (length, 96)


def test_every_curve_is_drawn(tmp_path: Path) -> None:
    curves = [curve(2), curve(1.5, label="gru B=32"), curve(0, 0, "lstm B=1", "text")]
    lines = [str(line) for line in growth_drawing.in_terminal(curves[:2])]
    assert lines[0] == "ms an update against hidden units H: r rnn B=1 · G gru B=32"
    assert all(max(map(len, lines[1:])) == growth_drawing.ROOM.width for line in lines)
    drawn = "".join(lines[1:])
    assert 3 <= drawn.count("r") <= 5
    assert drawn.count("G") == 5
    assert "512" in lines[-1]
    path = tmp_path / "growth.svg"
    growth_drawing.write_picture(path, curves)
    text = path.read_text(encoding="utf-8")
    ET.fromstring(text)
    assert "hidden units H" in text
    assert "characters of the text" in text


def test_the_command_tells_and_draws_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny = {"H": (4, 8, 12), "T": (5, 10), "B": (1, 2), "V": (10, 300)}
    axes = [Axis(axis.name, tiny[axis.name], axis.mathematics, axis.grow) for axis in growth.AXES]
    monkeypatch.setattr(growth, "AXES", axes)
    monkeypatch.setattr(growth, "BASE", dict.fromkeys(tiny, (6, 8, 12)))
    monkeypatch.setattr(growth, "TEXTS", (10_000, 20_000))
    growth.main(["--seconds", "0", "--svg", str(tmp_path / "growth.svg")])
    printed = capsys.readouterr().out
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in printed.splitlines()]
    told = {(row[0], row[1]) for row in rows if len(row) == 9 and row[0] in (*tiny, "text")}
    cells = ("rnn", "gru", "lstm")
    wanted = {(name, f"{cell} B={batch}") for name in "HTV" for cell in cells for batch in (1, 32)}
    wanted |= {("B", cell) for cell in cells} | {("text", f"gru B={batch}") for batch in (1, 32)}
    assert told == wanted
    memory = [row for row in rows if len(row) == 5 and row[0].startswith(("10,", "20,"))]
    assert [(row[0], row[1]) for row in memory] == [
        (length, batch) for length in ("10,000", "20,000") for batch in ("1", "32")
    ]
    assert all("MB" in row[3] for row in memory)
    assert printed.count("ms an update against") == 5
    assert (tmp_path / "growth.svg").exists()


def test_a_shape_grows_along_its_axis_alone() -> None:
    shape = Shape(growth.TEXT_BASE, 3)
    grown = {axis.name: axis.grow(shape, 77) for axis in growth.AXES}
    assert [grown[name].size.hidden for name in "HTBV"] == [77, 128, 128, 128]
    assert [grown[name].size.seq_length for name in "HTBV"] == [50, 77, 50, 50]
    assert [grown[name].size.vocab for name in "HTBV"] == [96, 96, 96, 77]
    assert [grown[name].batch for name in "HTBV"] == [3, 3, 77, 3]
