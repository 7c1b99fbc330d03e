"""How the hyperparameters of runs and cells are told: what differs, what is usual, what counts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.screens.sweep_support import TALES, cells_of
from tui_charrnn.engine import TrainConfig
from tui_charrnn.runs.run_listing import details, row
from tui_charrnn.runs.store.records import Origin, RunRecord
from tui_charrnn.runs.sweeps.rows import CellRow
from tui_charrnn.widgets import runs_details
from tui_charrnn.widgets.runs_columns import COLUMNS, Sorting
from tui_charrnn.widgets.sweep_columns import columns_of, common, own, value_text, varying

STRONG = TrainConfig(
    cell="lstm", layers=2, hidden_size=192, dropout=0.2, optimizer="sgd", momentum=0.5,
    beta1=0.1, schedule="step", initialization="orthogonal", prime=" owl",
)  # fmt: skip


def run_of(config: TrainConfig, run_id: int = 1) -> RunRecord:
    return RunRecord(
        run_id, f"run-{run_id}", datetime.now(UTC), "finished", "", Origin(config, TALES)
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10_000, "10,000"), (0.5, "0.5"), ("adam", "adam"), ("", "''"), ("The owl ", "'The owl '"),
        ("a\nb", r"'a\nb'"),
    ],
)  # fmt: skip
def test_values_are_written_so_that_texts_are_told_apart(value, text) -> None:
    assert value_text(value) == text


def test_cells_have_in_common_what_any_of_them_looks_at() -> None:
    cells = cells_of((TALES,), optimizer=["sgd", "adam"], layers=[1, 2])
    parts = common(cells)
    names = {part.split()[0] for part in parts[1:]}
    assert {"momentum", "beta1", "beta2", "dropout", "clip_by"} <= names
    assert not {"weight_decay", "decay_rate", "decay_every", "final_rate", "optimizer"} & names
    assert parts[0].startswith("tales, ")
    assert "prime ''" in parts


def test_layers_and_optimizers_that_differ_are_columns() -> None:
    cells = cells_of((TALES,), cell=["gru", "lstm"], layers=[1, 2], prime=["", "The owl"])
    columns = {column.key: column for column in columns_of(cells)}
    assert list(columns)[2:5] == ["cell", "layers", "prime"]
    assert own(cells[-1], varying(cells)) == ["lstm", "layers 2", "prime 'The owl'"]
    last = CellRow(cells[-1])
    assert [columns[key].text(last) for key in ("layers", "prime")] == ["2", "'The owl'"]
    assert columns["layers"].numeric
    assert not columns["prime"].numeric


def test_the_line_of_a_run_tells_what_shapes_it() -> None:
    text = runs_details.details(run_of(STRONG), 300).plain
    first = text.splitlines()[0]
    assert first.endswith(
        "seed 42  dropout 0.2  initialization orthogonal  optimizer sgd  momentum 0.5  "
        "schedule step"
    )
    usual = runs_details.details(run_of(TrainConfig()), 300).plain.splitlines()[0]
    assert usual.endswith("batch 1  seed 42")


def test_hidden_units_are_told_with_their_layers_and_sorted_by_both() -> None:
    sizes = [(1, 192), (2, 64), (3, 192), (2, 192)]
    runs = [
        run_of(TrainConfig(layers=layers, hidden_size=hidden), number)
        for number, (layers, hidden) in enumerate(sizes, 1)
    ]
    column = next(place for place, each in enumerate(COLUMNS) if each.key == "hidden")
    order = [row(run)["hidden"] for run in Sorting.by(column).order(runs)]
    assert order == ["2x64", "192", "2x192", "3x192"]


def test_all_that_is_known_of_a_run_has_its_text_quoted() -> None:
    lines = dict(line.split(None, 1) for line in details(run_of(STRONG)).splitlines())
    assert lines["prime"] == "' owl'"
    assert (lines["layers"], lines["dropout"], lines["optimizer"]) == ("2", "0.2", "sgd")
    assert "prime" not in details(run_of(TrainConfig()))
