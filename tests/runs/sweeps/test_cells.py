"""The cells of a grid: their order, their keys, their names."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from tests.engine.support import small
from tests.runs.sweeps.support import SHORT, grid
from tui_charrnn.engine.config import FIELDS, PRESETS
from tui_charrnn.runs.catalogue import load_corpus
from tui_charrnn.runs.sweeps.cells import cell_key, read_plan
from tui_charrnn.runs.sweeps.rows import CellRow
from tui_charrnn.runs.sweeps.summary import summary


def test_cells_are_the_product_in_the_order_of_the_file(tmp_path):
    text = SHORT + 'cell = ["gru", "rnn"]\ntemperature = [0.5, 1]\nseeds = 2'
    plan = read_plan(grid(tmp_path, text))
    facts = [(c.config.cell, c.config.temperature, c.config.seed) for c in plan.cells]
    assert facts == list(itertools.product(["gru", "rnn"], [0.5, 1.0], [1, 2]))
    assert [cell.number for cell in plan.cells] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert len({cell.key for cell in plan.cells}) == 8
    assert plan.cells[0].config.hidden_size == 8


def test_equal_cells_of_two_variants_are_one(tmp_path):
    variants = "[[variant]]\ncell = ['rnn', 'gru']\n[[variant]]\ncell = 'gru'\nname = 'again'\n"
    plan = read_plan(grid(tmp_path, SHORT + variants))
    assert [cell.config.cell for cell in plan.cells] == ["rnn", "gru"]


def test_what_is_given_goes_before_the_preset(tmp_path):
    text = "corpus = 'owls.txt'\npreset = 'quick'\nhidden_size = 9\niterations = 5"
    (cell,) = read_plan(grid(tmp_path, text)).cells
    assert cell.config.hidden_size == 9
    assert cell.config.batch_size == PRESETS["quick"]["batch_size"]


def test_keys_differ_with_all_that_changes_what_is_learned(tmp_path):
    config = small()
    key = cell_key(config, "a")
    assert key == cell_key(config.replace(), "a")
    assert key != cell_key(config, "b")
    others = {
        "cell": "rnn", "optimizer": None, "dtype": "float32", "validation_fraction": 0.5,
    }  # fmt: skip
    for spec in FIELDS:
        other = others.get(spec.name, getattr(config, spec.name) + 1 if spec.kind is not str else 0)
        if other is not None:
            is_same = cell_key(config.replace(**{spec.name: other}), "a") == key
            assert is_same == (spec.group == "checkpoints"), spec.name


def test_keys_stay_what_they_are():
    """Another key would make every finished cell of every user run again."""
    facts = {"cell": "rnn", "learning_rate": 0.1, "seed": 3}
    key = cell_key(small(**facts), "0" * 64)
    assert key == "bd9ebe935c91c55395e1e51a39e255593b44a9d3970f554758d7d766c295bed7"


def test_keys_do_not_depend_on_where_the_text_is(tmp_path):
    first = read_plan(grid(tmp_path, SHORT))
    (tmp_path / "other").mkdir()
    second = read_plan(grid(tmp_path / "other", SHORT))
    assert [cell.key for cell in first.cells] == [cell.key for cell in second.cells]


def test_texts_are_loaded_and_told_apart(tmp_path):
    text = SHORT.replace('"owls.txt"', '["owls.txt", "recall"]')
    plan = read_plan(grid(tmp_path, text))
    owls, recall = plan.cells
    assert recall.text.source == "recall"
    assert owls.text.source == str(tmp_path / "owls.txt")
    assert plan.corpus_of(recall).sha256() == load_corpus("recall").sha256() == recall.text.sha256
    assert plan.corpus_of(owls).name == owls.text.name == "owls.txt"
    assert [cell.label for cell in plan.cells] == ["owls.txt · gru", "recall · gru"]


def labels_and_lines(path):
    """Return the labels of a grid's cells, and those of its summary with their counts."""
    cells = read_plan(path).cells
    lines = summary(map(CellRow, cells))
    return [cell.label for cell in cells], [(line.setting, line.cells) for line in lines]


def test_a_cell_that_varies_within_a_variant_is_named_and_summed_up_alone(tmp_path):
    variant = 'seeds = 2\n[[variant]]\nname = "rnn or gru"\ncell = ["rnn", "gru"]'
    labels, lines = labels_and_lines(grid(tmp_path, SHORT + variant))
    assert len(set(labels)) == 4
    assert lines == [("rnn or gru · rnn", 2), ("rnn or gru · gru", 2)]


def test_texts_of_one_name_are_told_apart_and_summed_up_alone(tmp_path):
    for folder in "ab":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "owls.txt").write_text(f"{folder} for the owl. " * 99)
    text = SHORT.replace('"owls.txt"', '["a/owls.txt", "b/owls.txt", "recall"]')
    labels, lines = labels_and_lines(grid(tmp_path, text + "seeds = 2"))
    assert len(set(labels)) == 6
    one, two = (f"{tmp_path / folder / 'owls.txt'} · gru" for folder in "ab")
    assert lines == [(one, 2), (two, 2), ("recall · gru", 2)]


def test_one_file_in_two_encodings_is_two_texts(tmp_path):
    path = grid(
        tmp_path,
        SHORT.replace('"owls.txt"', '"uhu.txt"')
        + "[[variant]]\nencoding = 'latin-1'\n[[variant]]\nencoding = 'cp437'",
    )
    (tmp_path / "uhu.txt").write_bytes("der Uhu hört die Eule. ".encode("latin-1") * 99)
    _, lines = labels_and_lines(path)
    source = tmp_path / "uhu.txt"
    assert lines == [(f"{source} (latin-1) · gru", 1), (f"{source} (cp437) · gru", 1)]


def test_settings_of_one_label_are_summed_up_alone(tmp_path):
    rows = [CellRow(cell) for cell in read_plan(grid(tmp_path, SHORT + "clip = [1, 2]")).cells]
    alike = [replace(row, cell=replace(row.cell, setting="gru")) for row in rows]
    assert [line.cells for line in summary(alike)] == [1, 1]


@pytest.mark.parametrize(
    ("more", "labels", "settings"),
    [
        ("seeds = 2", ["gru · seed 1", "gru · seed 2"], ["gru", "gru"]),
        ("cell = 'rnn'\nclip = [1, 2000.5]", ["rnn · clip 1.0", "rnn · clip 2000.5"], None),
        (
            "temperature = [1, 2]\n[[variant]]\nname = 'fast'\ncell = ['rnn', 'gru']",
            ["fast · rnn · temperature 1.0", "fast · gru · temperature 1.0",
             "fast · rnn · temperature 2.0", "fast · gru · temperature 2.0"],
            None,
        ),
    ],
)  # fmt: skip
def test_labels_say_what_differs(tmp_path, more, labels, settings):
    cells = read_plan(grid(tmp_path, SHORT + more)).cells
    assert sorted(cell.label for cell in cells) == sorted(labels)
    assert [cell.setting for cell in cells] == (settings or [cell.label for cell in cells])
