"""`charrnn-tui lens`: what the lenses see, as figures and as pictures."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from tests.lens_command.support import (
    COMMAND,
    READ,
    RUNS,
    TEXT,
    checkpoint_of,
    computed,
    shown,
    told,
)
from tests.ptys import Pty, until
from tui_charrnn.engine import SampleRequest
from tui_charrnn.engine.checkpoint_file import save
from tui_charrnn.engine.lenses.options import LENSES
from tui_charrnn.engine.lenses.play import Drawing
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.widgets.lenses.kinds import KINDS


def test_all_lenses_are_known() -> None:
    assert tuple(KINDS) == LENSES


@pytest.mark.parametrize("lens", LENSES)
def test_figures_are_those_of_the_engine(store, capsys, lens) -> None:
    names = ["tall gru", "lstm"] if lens == "gates" else [*RUNS]
    found = told(capsys, lens, *names, "--text", READ)
    assert list(found) == ["lens", "text", "runs", "result"]
    assert (found["lens"], found["text"]) == (lens, READ)
    assert [(run["name"], run["iteration"]) for run in found["runs"]] == [(n, 40) for n in names]
    assert [run["config"]["cell"] for run in found["runs"]] == [n.split()[-1] for n in names]
    expected = [computed(store, lens, name, READ).as_json() for name in names]
    assert found["result"] == json.loads(json.dumps(expected, allow_nan=False))


def test_earlier_moments_come_with_runs_of_the_store(store, capsys, file) -> None:
    (memory,) = told(capsys, "memory", "tall gru", "--text", READ)["result"]
    assert [each["iteration"] for each in memory["earlier"]] == [10, 20]
    (memory,) = told(capsys, "memory", file, "--text", READ)["result"]
    assert memory["earlier"] == []
    (weights,) = told(capsys, "weights", "tall gru", "--text", READ)["result"]
    assert "9" in json.dumps(weights)


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("width", [40, 71, 200])
def test_pictures_keep_to_their_width(store, lens, width) -> None:
    results = [(name, computed(store, lens, name, READ)) for name in ("tall gru", "lstm")]
    lines = KINDS[lens].picture(results, width)
    assert 0 < max(line.cell_len for line in lines) <= width
    plain = "\n".join(line.plain for line in lines)
    assert plain.index("tall gru") < plain.index("lstm")


def harmless(text: str) -> bool:
    return not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)


@pytest.mark.parametrize("lens", LENSES)
def test_svg_is_sound_and_harmless(store, capsys, lens, tmp_path) -> None:
    text = TEXT[:150]
    svg = shown(capsys, lens, "tall gru", "--text", text, "--format=svg")
    assert svg.isascii()
    root = ElementTree.fromstring(svg)
    words = "\n".join(root.itertext())
    assert harmless(words)
    assert "tall gru" in words.replace("\xa0", " ")
    assert {each.tag.split("}")[1] for each in root.iter()} <= {
        "svg", "style", "defs", "clipPath", "rect", "text", "g", "circle"
    }  # fmt: skip
    assert "@font-face" not in svg
    assert re.findall(r"url\((?!#)", svg) == []
    assert set(re.findall(r"https?://[^\s\"]+", svg)) <= {
        "http://www.w3.org/2000/svg", "https://www.textualize.io"
    }  # fmt: skip
    assert shown(capsys, lens, "tall gru", "--text", text, "--format=svg") == svg


def test_svg_shows_what_the_text_says(store, capsys) -> None:
    flags = ["surprise", "tall gru", "one rnn", "--text", READ]
    svg = shown(capsys, *flags, "--format=svg")
    rows: dict[str, str] = {}
    for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
        row = element.get("clip-path") or ""
        rows[row] = rows.get(row, "") + without_blanks(element.text or "")
    drawn = [row for name, row in rows.items() if "line" in name and row]
    plain = shown(capsys, *flags)
    assert drawn == [line for line in map(without_blanks, plain.split("\n")) if line]


def without_blanks(text: str) -> str:
    """Leave out what an SVG has no need to draw."""
    return re.sub(r"\s", "", text)


def test_names_of_runs_are_made_harmless(store, capsys, tmp_path) -> None:
    path = tmp_path / "bad\x1b[31m\u202e&<b>.npz"
    save(checkpoint_of(store, "tall gru"), path)
    for lens in LENSES:
        out = shown(capsys, lens, path, "--text", READ)
        assert harmless(out.replace("\n", ""))
        words = "".join(ElementTree.fromstring(
            shown(capsys, lens, path, "--text", READ, "--format=svg")
        ).itertext())  # fmt: skip
        assert harmless(words)
        assert "bad␛[31m�&<b>" in words
    assert told(capsys, "play", path, "--text", READ)["runs"][0]["name"] == path.stem


def test_a_picture_without_a_terminal_is_plain(store, capsys) -> None:
    lines = shown(capsys, "play", "tall gru", "--text", "The owl", "--width=60").split("\n")
    expected = KINDS["play"].picture(
        [("tall gru", computed(store, "play", "tall gru", "The owl"))], 60
    )
    assert lines[:-1] == [line.plain for line in expected]


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}])
def test_a_terminal_gets_colours_and_nothing_harmful(store, environment) -> None:
    text = TEXT[:200]
    command = [*COMMAND, "lens", "surprise", "tall gru", f"--store={store}", f"--text={text}"]
    screen = Pty(*command, COLORTERM="truecolor", **environment)
    try:
        assert screen.exit_code() == 0
        until(lambda: b"whole bits" in screen.output and screen.output.endswith(b"\n"))
        shown_ = screen.output.decode()
        codes = re.findall("\x1b\\[([0-9;]*)m", shown_)
        assert any(code.startswith("38;2") or ";38;2" in code for code in codes) == (
            not environment
        )
        assert harmless(re.sub("\x1b\\[[0-9;]*m", "", shown_).replace("\r\n", "").replace("\n", ""))
    finally:
        screen.end()


def test_play_draws_as_the_flags_say(store, capsys) -> None:
    flags = ["--length=50", "--temperature=1.7", "--top-k=4", "--top-p=0.8", "--seed=9"]
    (found,) = told(capsys, "play", "tall gru", "--text", "The", *flags)["result"]
    drawing = Drawing(Subject.of("tall gru", checkpoint_of(store, "tall gru")), "The", 9)
    for _ in range(50):
        drawing.draw(SampleRequest(temperature=1.7, top_k=4, top_p=0.8))
    assert found == json.loads(json.dumps(drawing.as_json()))


def test_play_begins_as_the_run_s_own_samples(store, capsys) -> None:
    (found,) = told(capsys, "play", "tall gru")["result"]
    assert (found["prompt"], found["first"], len(found["text"])) == ("The ", "", 30)
    assert {row["temperature"] for row in found["drawn"]} == {0.9}
    (found,) = told(capsys, "play", "tall gru", "--text=")["result"]
    assert (found["prompt"], len(found["first"])) == ("", 1)


def test_best_weights_layers_units_and_searches(store, capsys, file) -> None:
    found = checkpoint_of(store, "tall gru")
    others = {name: values * 1.5 for name, values in found.parameters.items()}
    save(replace(found, best_parameters=others, best=replace(found.best, iteration=11)), file)
    best = told(capsys, "surprise", file, "--text", READ, "--best")
    assert best["runs"][0]["iteration"] == 12
    save(replace(found, parameters=others), file)
    last = told(capsys, "surprise", file, "--text", READ)
    assert last["runs"][0]["iteration"] == 40
    assert best["result"] == last["result"]
    assert best["result"] != told(capsys, "surprise", "tall gru", "--text", READ)["result"]
    one = shown(capsys, "neurons", "tall gru", "--text", READ, "--layer=2", "--unit=3")
    assert "layer 2, unit 3" in one
    other = told(capsys, "neurons", "tall gru", "--text", READ, "--reacts-to", "o.")
    assert other["result"] == [
        json.loads(
            json.dumps(computed(store, "neurons", "tall gru", READ, reacts_to="o.").as_json())
        )
    ]
