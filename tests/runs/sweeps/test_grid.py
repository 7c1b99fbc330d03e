"""The file of a sweep: what it can say, and every way in which it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runs.sweeps.support import SHORT, grid
from tui_charrnn.engine.config import FIELDS
from tui_charrnn.runs.sweeps.cells import read_plan
from tui_charrnn.runs.sweeps.grid import MOST_CELLS, GridError, read_grid


def refused(path: Path, *, large: bool = False) -> str:
    """Return the sentence that refuses a grid, without the file's name."""
    with pytest.raises(GridError) as raised:
        read_plan(path, large=large)
    sentence = str(raised.value)
    assert str(path) in sentence
    assert "\n" not in sentence
    return sentence.replace(str(path), "FILE")


def test_axes_keep_the_order_of_the_file_and_equal_values_merge(tmp_path):
    path = grid(tmp_path, 'hidden_size = [4, 8, 4.0]\ncell = ["gru", "rnn"]\nseeds = 3\n')
    (variant,) = read_grid(path).variants
    assert {name: list(values) for name, values in variant.axes.items()} == {
        "corpus": ["tales"],
        "hidden_size": [4, 8],
        "cell": ["gru", "rnn"],
        "seed": [1, 2, 3],
    }
    assert variant.count == 12


def test_every_hyperparameter_can_be_given(tmp_path):
    lines = [f"{spec.name} = {spec.default!r}" for spec in FIELDS]
    (variant,) = read_grid(grid(tmp_path, "\n".join(lines))).variants
    assert {spec.name: (spec.default,) for spec in FIELDS}.items() <= dict(variant.axes).items()


def test_name_is_that_of_the_file_unless_given(tmp_path):
    assert read_grid(grid(tmp_path, "seeds = 1", "first.toml")).name == "first"
    assert read_grid(grid(tmp_path, 'seeds = 1\nname = "second"', "first.toml")).name == "second"


def test_variants_are_laid_over_the_rest(tmp_path):
    text = """
        corpus = "owls.txt"
        learning_rate = [0.1, 0.2]
        seeds = [7, 9]
        [[variant]]
        name = "simple"
        cell = "rnn"
        learning_rate = 0.5
        [[variant]]
        name = "gated"
        cell = "gru"
        hidden_size = [4, 8]
    """
    simple, gated = read_grid(grid(tmp_path, text)).variants
    assert simple.name == "simple"
    assert list(simple.axes["learning_rate"]) == [0.5]
    assert simple.count == 2
    assert list(gated.axes["learning_rate"]) == [0.1, 0.2]
    assert list(gated.axes) == ["corpus", "learning_rate", "seed", "cell", "hidden_size"]
    assert gated.count == 8


def test_relative_texts_are_found_beside_the_file(tmp_path, monkeypatch):
    path = grid(tmp_path, 'corpus = ["owls.txt", "recall"]')
    monkeypatch.chdir("/")
    (variant,) = read_grid(path).variants
    assert list(variant.axes["corpus"]) == [str(tmp_path / "owls.txt"), "recall"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", 'FILE is an empty grid; a line such as cell = ["rnn", "gru"] fills it.'),
        ('name = "x"', 'FILE is an empty grid; a line such as cell = ["rnn", "gru"] fills it.'),
        ("hidden_size = []", "FILE: hidden_size is an empty list, which leaves no cell."),
        ("seeds = []", "FILE: seeds is an empty list, which leaves no cell."),
        ("corpus = []", "FILE: corpus is an empty list, which leaves no cell."),
        ("variant = []", "FILE: variant is an empty list."),
        ("hiden_size = 3", "FILE: there is no field hiden_size (did you mean hidden_size?)."),
        ("xyzzy = 3", "FILE: there is no field xyzzy."),
        (
            "cell = 'rnn'\n[[variant]]\nseq_lenght = 3",
            "FILE, variant 1: there is no field seq_lenght (did you mean seq_length?).",
        ),
        ("[variant]\ncell = 'rnn'", "FILE: variants are tables, each below a line [[variant]]."),
        (
            "hidden_size = [8, 0]",
            "FILE: hidden_size must be a whole number of at least 1, not 0.",
        ),
        ("cell = 3", "FILE: cell must be rnn, gru or lstm, not 3."),
        (
            "learning_rate = nan",
            "FILE: learning_rate must be a number above 0 and at most 1,000, not nan.",
        ),
        (
            "iterations = [[3]]",
            "FILE: iterations must be a whole number from 1 to 1,000,000,000, not [3].",
        ),
        (
            "hidden_size = true",
            "FILE: hidden_size must be a whole number of at least 1, not True.",
        ),
        (
            "seeds = 0",
            "FILE: seeds must be a list of seeds or their number from 1 to 4,294,967,295, not 0.",
        ),
        (
            "seeds = 'three'",
            "FILE: seeds must be a list of seeds or their number from 1 to 4,294,967,295, "
            "not 'three'.",
        ),
        (
            "seeds = [-1]",
            "FILE: seed must be a whole number from 0 to 4,294,967,295, not -1.",
        ),
        (
            "seed = 1\nseeds = 2",
            "FILE: seed and seeds mean the same; only one of them can be given.",
        ),
        ("name = 3", "FILE: name must be a text, not 3."),
        (
            "preset = 'quik'",
            "FILE: there is no preset quik (did you mean quick?); "
            "the presets are notebook, quick, strong.",
        ),
        (
            "corpus = 'tails'",
            "FILE: there is no text tails (did you mean tales?); known are tales, recall, "
            "symbols, stdlib and the paths of files and folders.",
        ),
        (
            "corpus = [3]",
            "FILE: corpus must be the name or path of a text, or a list, not 3.",
        ),
        (
            "seeds = 10001",
            "FILE has 10,001 cells, which is over 10,000; --yes runs it all the same.",
        ),
        ("cell = 'rnn'\ncell = ", "FILE is not TOML: Invalid value (at end of document)."),
        ("cell = rnn", "FILE is not TOML: Invalid value (at line 1, column 8)."),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(tmp_path, text, sentence):
    assert refused(grid(tmp_path, text)) == sentence


def test_a_count_beyond_all_bounds_is_told_at_once(tmp_path):
    seeds = "seeds = 4_000_000_000\niterations = [1, 2, 3]"
    assert "12,000,000,000 cells" in refused(grid(tmp_path, seeds))
    assert "even with --yes there can be 1,000,000" in refused(grid(tmp_path, seeds), large=True)


def test_the_largest_grid_that_needs_no_leave(tmp_path):
    path = grid(tmp_path, f"seeds = {MOST_CELLS}")
    assert read_grid(path).count == MOST_CELLS
    assert read_grid(grid(tmp_path, f"seeds = {MOST_CELLS + 1}"), large=True).count > MOST_CELLS


def test_files_that_cannot_be_read(tmp_path):
    assert refused(tmp_path / "none.toml") == "Cannot read FILE: No such file or directory."
    assert refused(tmp_path) == "Cannot read FILE: Is a directory."
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"cell = 'rnn'\nname = '\xff'\n")
    assert refused(binary) == "FILE is not TOML: line 2 is not UTF-8 text."
    binary.write_bytes(b"#" * 1_000_001)
    assert refused(binary) == "FILE is no grid: it has over 1,000,000 bytes."
    binary.write_bytes(b"a = " + b"[" * 100_000)
    assert refused(binary) == "FILE is not TOML that can be read."


def test_cells_that_cannot_be_run_are_refused_before_any_is(tmp_path):
    long = SHORT.replace("seq_length = 10", "seq_length = [10, 5000]")
    too_short = "FILE: owls.txt has 2,430 characters to train on, but seq_length 5,000"
    assert refused(grid(tmp_path, long)).startswith(too_short)
    huge = SHORT.replace("hidden_size = 8", "hidden_size = [8, 10_000_000]")
    assert "of memory, but only" in refused(grid(tmp_path, huge))


def test_a_text_that_is_none(tmp_path):
    (tmp_path / "one.txt").write_text("aaaa")
    assert "only one distinct character" in refused(grid(tmp_path, "corpus = 'one.txt'"))
    assert "encoding" in refused(grid(tmp_path, "corpus = 'owls.txt'\nencoding = 'utf-99'"))
