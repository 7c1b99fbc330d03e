"""Products of the recurrence, cut into blocks or not, and sums of rows by id."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.support import CELLS, lively_model, random_corpus, small
from tests.naive import NaiveRun
from tui_charrnn.engine import TrainConfig, products
from tui_charrnn.engine.cell import FEW, MANY, add_rows_by_id, beside
from tui_charrnn.engine.parameters import CACHE_LINE, Array
from tui_charrnn.engine.products import NARROWEST, SMALL, Products, block_width
from tui_charrnn.engine.registry import CELLS as REGISTERED

EXACT = {"rtol": 1e-12, "atol": 1e-12}

ROWS = [(5,), (1, 5), (3, 7), (32, 256), (40, 211), (70, 144)]
"""One stream; a few; as many as need blocks, also where H is prime, and where it is not even."""


@pytest.fixture(params=[True, False], ids=["small kernels", "no small kernels"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whatever the processor of this machine, both kinds are tried."""
    monkeypatch.setattr(products, "has_small_kernels", lambda: request.param)
    return bool(request.param)


@pytest.mark.parametrize("lead", [(50,), (20, 8)], ids=["one stream", "streams"])
@pytest.mark.parametrize("cell", CELLS)
def test_all_that_a_pass_writes_to_begins_at_a_cache_line(cell: str, lead: tuple[int, ...]) -> None:
    """So large that NumPy itself would put each 16 bytes beside one."""
    scan = REGISTERED[cell].scan(512, lead, np.dtype(np.float32))
    owners = [scan, *(each for each in vars(scan).values() if isinstance(each, Products))]
    arrays = [each for owner in owners for each in vars(owner).values()]
    arrays = [each for each in arrays if isinstance(each, np.ndarray) and each.size]
    assert len(arrays) >= 3
    assert {each.ctypes.data % CACHE_LINE for each in arrays} == {0}


def test_what_this_machine_has_is_known() -> None:
    assert products.has_small_kernels() in (True, False)


@pytest.mark.parametrize("hidden", [1, 8, 100, 256, 257, 512, 1000, 1024, 4096])
@pytest.mark.parametrize("streams", [1, 2, 8, 32, 64, 1000])
def test_blocks_are_small_and_as_wide_as_they_can_be(
    streams: int, hidden: int, *, kernels: bool
) -> None:
    width = block_width(streams, hidden)
    assert hidden % width == 0
    fitting = [
        n
        for n in range(1, hidden + 1)
        if hidden % n == 0 and streams * hidden * n <= SMALL and (n >= NARROWEST or n == hidden)
    ]
    assert width == (max(fitting) if kernels and fitting else hidden)


def test_the_usual_sizes_are_cut(*, kernels: bool) -> None:
    found = {hidden: block_width(32, hidden) for hidden in (64, 128, 256, 512, 1024)}
    cut = {64: 64, 128: 128, 256: 64, 512: 32, 1024: 16}
    assert found == (cut if kernels else {hidden: hidden for hidden in found})


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("parts", [1, 4])
@pytest.mark.usefixtures("kernels")
def test_a_row_times_each_matrix(parts: int, row: tuple[int, ...]) -> None:
    rng, dtype, hidden = np.random.default_rng(0), np.dtype("float64"), row[-1]
    matrices, negated = rng.standard_normal((parts, hidden, hidden)), slice(1, 3)
    signs = np.ones((parts, *[1] * len(row)))
    signs[negated] = -1
    for product, sign in (
        (Products(parts, row, dtype), 1.0),
        (Products(parts, row, dtype, negated), signs),
    ):
        kept = rng.standard_normal(row)  # changed in place, as the rows of a scan are
        times = product.each(kept)
        for _ in range(2):
            kept[...] = rng.standard_normal(row)
            before = matrices.copy()
            times(product.transposed(matrices), product.out)
            wanted = np.stack([kept @ matrix.T for matrix in matrices])
            np.testing.assert_allclose(product.result, sign * wanted, **EXACT)
            times(product.transposed(matrices), product.out)
            np.testing.assert_allclose(product.result, sign * wanted, **EXACT)
            np.testing.assert_array_equal(matrices, before)
            matrices = rng.standard_normal(matrices.shape)


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("parts", [2, 4])
@pytest.mark.usefixtures("kernels")
def test_the_sum_of_rows_times_a_matrix_each(parts: int, row: tuple[int, ...]) -> None:
    rng, dtype, hidden = np.random.default_rng(0), np.dtype("float64"), row[-1]
    matrices, rows = rng.standard_normal((parts, hidden, hidden)), np.empty((parts, *row))
    product, out = Products(parts, row, dtype), np.empty(row)
    sum_of = product.sum(rows)
    for _ in range(2):
        rows[...] = rng.standard_normal(rows.shape)
        sum_of(product.straight(matrices), out)
        wanted = sum(one @ matrix for one, matrix in zip(rows, matrices, strict=True))
        np.testing.assert_allclose(out, wanted, **EXACT)
        matrices = rng.standard_normal(matrices.shape)


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.usefixtures("kernels")
def test_one_matrix_is_taken_without_an_axis_for_it(row: tuple[int, ...]) -> None:
    rng, hidden = np.random.default_rng(0), row[-1]
    matrix, kept = rng.standard_normal((hidden, hidden)), rng.standard_normal(row)
    product = Products(1, row, np.dtype("float64"))
    product.each(kept)(product.transposed(matrix), product.out)
    np.testing.assert_allclose(product.result[0], kept @ matrix.T, **EXACT)
    product.each(kept)(product.straight(matrix), product.out)
    np.testing.assert_allclose(product.result[0], kept @ matrix, **EXACT)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.usefixtures("kernels")
def test_updates_of_many_streams_and_units_are_those_of_the_plain_loop(cell: str) -> None:
    """So many that products are cut, and that a block of the backward loop is a few steps."""
    size = {"cell": cell, "hidden_size": 144, "batch_size": 70, "seq_length": 4}
    config = TrainConfig(dtype="float64", **size)
    assert config.batch_size * config.hidden_size**2 > SMALL
    corpus = random_corpus(70 * 30, 7)
    model = lively_model(small(**size), 7)
    naive = NaiveRun(
        cell=cell, parameters=model.parameters(), ids=corpus.ids, vocab_size=7, seq_length=4,
        learning_rate=1e-3, clip=1e9, batch_size=70,
    )  # fmt: skip
    inputs = corpus.ids.reshape(70, 30)[:, :4]
    targets = corpus.ids.reshape(70, 30)[:, 1:5]
    loss, gradients, _ = model.loss_and_gradients(inputs, targets, model.initial_state())
    naive.update()
    assert loss / 70 == pytest.approx(naive.losses[0], rel=1e-9)
    for name, memory in naive.memories.items():
        np.testing.assert_allclose(gradients[name] ** 2, memory, rtol=1e-8, atol=1e-18)


def ids_of(kind: str, count: int, vocab: int) -> Array:
    rng = np.random.default_rng(1)
    if kind == "one":
        return np.full(count, vocab - 1)
    if kind == "even":
        return rng.integers(0, vocab, count)
    return np.minimum(rng.geometric(0.1, count) - 1, vocab - 1)  # the first ones are frequent


@pytest.mark.parametrize("kind", ["one", "even", "geometric"])
@pytest.mark.parametrize("vocab", [2, 121, 3000])
@pytest.mark.parametrize("few", [FEW, 0])
@pytest.mark.parametrize("lead", [(1,), (MANY - 1,), (MANY, 2), (1500,), (300, 5)])
@pytest.mark.parametrize("parts", [1, 3])
def test_rows_are_summed_by_their_ids(
    parts: int,
    lead: tuple[int, ...],
    few: int,
    vocab: int,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui_charrnn.engine.cell.FEW", few)
    hidden, count = 12, int(np.prod(lead))
    rows = beside(parts, lead, hidden, np.dtype("float64"))
    rows[...] = np.random.default_rng(0).standard_normal(rows.shape)
    rows, ids = rows.reshape(parts, count, hidden), ids_of(kind, count, vocab)
    out = np.full((parts, vocab, hidden), np.nan)
    add_rows_by_id(rows, ids, out)
    wanted = np.zeros_like(out)
    for table, part in zip(wanted, rows, strict=True):
        np.add.at(table, ids, part)
    np.testing.assert_allclose(out, wanted, rtol=1e-11, atol=1e-11)
