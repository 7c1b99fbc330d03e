"""The cells of a grid: their order, their keys, their names."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from tests.engine.support import small
from tests.runs.sweeps.support import SHORT, grid
from tui_charrnn.engine import ConfigError, TrainConfig
from tui_charrnn.engine.config import FIELDS, PRESETS, FieldSpec, Value
from tui_charrnn.runs.catalogue import load_corpus
from tui_charrnn.runs.sweeps.cells import cell_key, read_plan
from tui_charrnn.runs.sweeps.grid import GridError
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


def others(spec: FieldSpec, config: TrainConfig) -> list[Value]:
    """Return values of a field that `config` does not have, within its bounds."""
    value = getattr(config, spec.name)
    if spec.choices:
        return [choice for choice in spec.choices if choice != value]
    if spec.is_text:
        return ["owl", "owl "]
    steps = (1, -1) if spec.kind is int else (1, -1, 0.5, -0.5, 0.01, -0.01, 1e-4)
    return [value + step for step in steps if is_allowed(spec, value + step)]


def is_allowed(spec: FieldSpec, value: Value) -> bool:
    try:
        spec.check(value)
    except ConfigError:
        return False
    return True


@pytest.mark.parametrize("spec", FIELDS, ids=lambda spec: spec.name)
def test_keys_differ_with_all_that_changes_what_is_learned(spec):
    config = small(layers=2, batch_size=3)
    keys = [cell_key(config, "a"), cell_key(config, "b")]
    changed = [config.replace(**{spec.name: value}) for value in others(spec, config)]
    assert changed
    keys += [cell_key(one, "a") for one in changed]
    neutral = spec.group == "checkpoints" or spec.name == "watch_every"
    assert len(set(keys)) == (2 if neutral else len(keys))
    assert keys[0] == cell_key(config.replace(), "a")


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        (
            {**small().as_dict(), "cell": "rnn", "learning_rate": 0.1, "seed": 3},
            "bd9ebe935c91c55395e1e51a39e255593b44a9d3970f554758d7d766c295bed7",
        ),
        ({}, "2f398aaf483fe773762ab1aab62716e7989ba5b28f1804f652bc82a14d3650ed"),
        (
            {
                "cell": "rnn", "hidden_size": 77, "seq_length": 33, "batch_size": 5,
                "learning_rate": 0.02, "iterations": 123, "time_limit": 9, "clip": 2.5,
                "dtype": "float64", "seed": 7, "sample_every": 11, "sample_length": 12,
                "temperature": 0.5, "validation_fraction": 0.25, "training_characters": 1000,
                "eval_every": 50, "eval_length": 99,
            },
            "9bd0b3b278fcf1bc51a624f3816d4a60c465de2209128d8fe45d51e4e9865447",
        ),
    ],
    ids=["small", "of the notebook", "all different"],
)  # fmt: skip
def test_keys_stay_what_they_are(facts, key):
    """Those of the first version: others would make every finished cell of every user run again."""
    assert cell_key(TrainConfig(**facts), "0" * 64) == key


def test_what_is_new_leaves_the_key_as_it_was_while_it_has_its_default():
    config = TrainConfig()
    assert cell_key(config.replace(layers=1, dropout=0), "a") == cell_key(config, "a")
    for name, value in {"layers": 2, "clip_by": "norm", "prime": "owl", "patience": 3}.items():
        assert cell_key(config.replace(**{name: value}), "a") != cell_key(config, "a")


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


def test_a_text_that_differs_is_quoted_where_it_is_no_word(tmp_path):
    text = SHORT + 'prime = ["", "the", "the owl ", "owl.\\u0020"]\ntop_k = [0, 1000]'
    labels = [cell.label for cell in read_plan(grid(tmp_path, text)).cells]
    assert labels[0] == "gru · top_k 0 · prime ''"
    assert labels[3] == "gru · top_k 1,000 · prime the"
    assert labels[4] == "gru · top_k 0 · prime 'the owl '"
    assert labels[7] == "gru · top_k 1,000 · prime 'owl. '"


def test_a_prime_that_the_text_does_not_have_is_refused_before_anything_is_trained(tmp_path):
    path = grid(tmp_path, SHORT + 'prime = ["the owl", "the\\u001b"]')
    with pytest.raises(GridError) as caught:
        read_plan(path)
    sentence = r"prime must have only characters of owls.txt, not '\x1b'."
    assert str(caught.value) == f"{path}: {sentence}"


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ("dropout = 0.2", ""),
        ("layers = [2, 1]\ndropout = [0, 0.2]", ", cell layers 1 · dropout 0.2"),
        (
            "layers = [1, 3]\n[[variant]]\nname = 'wild'\ndropout = 0.2",
            ", cell wild · layers 1",
        ),
    ],
)
def test_a_cell_whose_values_do_not_go_together_is_named(tmp_path, more, place):
    path = grid(tmp_path, SHORT + more)
    with pytest.raises(GridError) as caught:
        read_plan(path)
    sentence = "dropout must be 0 with layers 1, since it acts between layers, not 0.2."
    assert str(caught.value) == f"{path}{place}: {sentence}"


def test_cells_of_several_layers_are_named_by_them(tmp_path):
    text = SHORT + 'cell = ["rnn", "gru", "lstm"]\nlayers = [1, 2]\noptimizer = ["sgd", "adam"]'
    cells = read_plan(grid(tmp_path, text)).cells
    assert len({cell.label for cell in cells}) == len(cells) == 12
    assert cells[-1].label == "lstm · layers 2 · optimizer adam"


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
