"""The floor has the products of an update, and the parts of an update are all of it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import floor, floor_parts, floor_products
from benchmarks.contenders import Size
from benchmarks.floor_parts import REST, Stopwatch, parts_of_an_update
from benchmarks.floor_products import STACKS, Floor, Product, multiplications
from tui_charrnn.engine import products as engine_products
from tui_charrnn.engine.layer import LayerPass

ROOT = Path(__file__).parents[1]


def counted(products: list[Product]) -> int:
    """How many multiplications some products are made of."""
    return sum(np.size(out) * left.shape[-1] for left, _, out in products)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("cell", sorted(STACKS))
def test_the_floor_has_all_products_of_an_update(cell: str, batch: int) -> None:
    """As many multiplications as the engine's matrices and shapes ask for."""
    hidden, steps, vocab = 6, 5, 7
    size = Size(cell, hidden, steps, vocab)
    matrices = {"rnn": 1, "gru": 3, "lstm": 4}[cell]
    of_a_step = 2 * matrices * hidden * hidden  # forward and back
    of_a_character = matrices * hidden * hidden + 3 * hidden * vocab
    expected = batch * steps * (of_a_step + of_a_character)
    made = Floor(size, batch)
    assert counted(made.products) == expected == multiplications(size, batch)
    assert [*made.parts()] == [*floor_products.PARTS]
    made.run()


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("back", [False, True])
def test_every_layout_of_a_pass_does_the_same_work(back: bool, batch: int) -> None:
    for layouts in floor_products.pass_layouts((2, 1), 6, (5, batch), back=back):
        work = {name: counted(products) for name, products in layouts.items()}
        assert len(work) >= 2
        assert len(set(work.values())) == 1, work
        for products in layouts.values():
            floor_products.run(products)
            left, right, out = products[-1]
            assert np.any(out)
            np.testing.assert_allclose(out, left @ right, rtol=1e-5)


@pytest.mark.parametrize("back", [False, True])
def test_blocks_give_what_whole_matrices_give(back: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_products, "has_small_kernels", lambda: True)
    (layouts,) = floor_products.pass_layouts((2,), 192, (1, 32), back=back)
    for name in ("rows as kept", "rows as kept, apart", "rows in blocks"):
        floor_products.run(layouts[name])
    (left, right, out), whole = layouts["rows in blocks"][0], layouts["rows as kept, apart"]
    assert right.shape[1] > 1
    found = out.swapaxes(1, 2).reshape(2, 32, 192)
    for at, (rows, matrix, _) in enumerate(whole):
        np.testing.assert_allclose(found[at], rows @ matrix, rtol=1e-4, atol=1e-6)
    assert counted([(left, right, out)]) == counted(layouts["rows as kept"])


def test_the_matrices_of_a_stack_apart_are_the_stack() -> None:
    """What K products forward give is, side by side, what the one product gives."""
    (layouts,) = floor_products.pass_layouts((2,), 6, (4, 1), back=False)
    for products in layouts.values():
        floor_products.run(products)
        first = np.concatenate([out.ravel() for *_, out in products])
        assert first.size == 4 * 12
    whole, apart = layouts["as kept"], layouts["as kept, apart"]
    floor_products.run(whole)
    together = np.concatenate([out for *_, out in whole])
    floor_products.run(apart)
    np.testing.assert_allclose(np.concatenate([out for *_, out in apart]), together, rtol=1e-5)


def test_a_step_has_its_stacks_one_after_the_other() -> None:
    def made(number: int) -> Product:
        array = np.full(1, number, np.float32)
        return array, array, array

    gates, candidates = [made(number) for number in (1, 2, 4, 5)], [made(3), made(6)]
    order = floor_products._in_turn([gates, candidates], 2)
    assert [int(left[0]) for left, *_ in order] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("cell", sorted(STACKS))
def test_the_gradients_and_logits_are_the_same_in_every_layout(cell: str) -> None:
    for part, layouts in floor_products.window_layouts(STACKS[cell], (6, 7), 10).items():
        results = []
        for name, products in layouts.items():
            floor_products.run(products)
            ((_, _, out),) = products
            results.append(out.T if name == "result turned" else out)
        for result in results[1:]:
            np.testing.assert_allclose(result, results[0], rtol=1e-5, err_msg=part)


def test_a_part_is_told_without_those_inside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 4.0, 10.0])  # outer begins, inner begins, inner ends, outer ends
    monkeypatch.setattr(floor_parts.time, "perf_counter", lambda: next(clock))
    watch = Stopwatch()
    inner = watch.watched("inner", lambda: "done")
    assert watch.watched("outer", inner)() == "done"
    assert watch.taken == {"inner": 3.0, "outer": 7.0}


@pytest.mark.parametrize(("cell", "batch"), [("rnn", 1), ("gru", 2), ("lstm", 1)])
def test_every_part_of_an_update_is_seen(cell: str, batch: int) -> None:
    """Whoever renames a part of the engine has to tell the benchmark."""
    before = LayerPass.forward
    seconds = parts_of_an_update(Size(cell, 6, 8, 9), batch, 0)
    assert {*seconds} == {*floor.PARTS}
    assert all(value >= 0 for value in seconds.values())
    assert seconds[REST] > 0
    assert LayerPass.forward is before


def test_what_is_told_of_made_up_rounds() -> None:
    rounds = {"floor": np.full(4, 3e-3), "engine": np.full(4, 4e-3)}
    slow = {"floor": np.full(4, 3e-3), "engine": np.full(4, 4.1e-3)}
    table = floor.floor_table()
    floor.add_floor_row(table, Size("rnn", 256, 200, 121), 1, rounds)
    floor.add_floor_row(table, Size("rnn", 256, 200, 121), 1, slow)
    floor.add_floor_row(table, Size("rnn", 128, 200, 121), 1, slow)
    floor.add_floor_row(table, Size("rnn", 256, 100, 121), 1, slow)
    cells = {column.header: list(column.cells) for column in table.columns}
    assert cells["share"][:2] == ["75% (75%-75%)", "73% (73%-73%)"]
    assert cells["target"] == [">= 75%", ">= 75%", "", ""]
    assert cells["reached"] == ["yes", "no", "", ""]
    assert cells["GFLOP/s of floor"][0] == "39"  # 6 * 200 * 256 * (256 + 121) / 3 ms


def test_the_command_prints_a_row_for_every_size() -> None:
    flags = ["--hidden", "6", "--seq-length", "8", "--vocab", "9", "--seconds", "0"]
    command = [sys.executable, "-m", "benchmarks.floor", *flags]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "1 thread(s)" in printed
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in printed.splitlines()]
    told = [tuple(row[:3]) for row in rows if len(row) == 10 and row[0] in STACKS]
    assert told == [(cell, "6", batch) for cell in STACKS for batch in ("1", "32")]


def test_parts_have_a_row_each_for_time_products_and_calls() -> None:
    table = floor.parts_table()
    known = ({"forward": 2e-3, REST: 1e-3}, {"forward": 1e-3}, {"forward": 5e-4})
    floor.add_parts_rows(table, Size("rnn", 256, 200, 121), 1, known)
    cells = {column.header: list(column.cells) for column in table.columns}
    assert cells["what"] == ["update, ms", "its products, ms", "its calls, ms"]
    assert cells["forward"] == ["2.00", "1.00", "0.50"]
    assert cells[REST] == ["1.00", "", ""]
    assert cells["together"] == ["3.00", "1.00", "0.50"]
