"""The matrix products that the mathematics of an update cannot avoid, each in its fastest layout.

With the recurrent matrices of a cell stacked as (K H, H), and N = T B characters in a window:

    T times forward     ([B,] H) by (H, K H)       what each state hands to the next
    T times back        ([B,] K H) by (K H, H)     and what the loss hands back
    for each stack      (K H, N) by (N, H)         its gradient
                        (N, H) by (H, V)           the logits
                        (V, N) by (N, H)           the gradient of Why
                        (N, V) by (V, H)           dLoss/dh

A GRU has two stacks, gates and candidate, since what the second reads depends on the first. The
gradients of biases and input rows are sums, and no products. Results go into buffers that are there
already; nothing is added, squashed or copied. Of each product several layouts are tried, and the
fastest counts: matrices as they are kept or transposed, one product or K of them, the streams as
rows or as columns, the matrices whole or in the engine's blocks (see `engine/products.py`). The
state and the result of a step are the same two buffers at every step, and so in the nearest cache,
where those of an update are at best.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.contenders import Size
from benchmarks.timing import Action, seconds
from tui_charrnn.engine.parameters import aligned_zeros
from tui_charrnn.engine.products import Products, block_width

STACKS: Final = {"rnn": (1,), "gru": (2, 1), "lstm": (4,)}
"""K of each stack of recurrent matrices that one product can serve, in the order of a step."""

PARTS: Final = ("forward", "output layer", "back", "weight gradients")
"""Of an update, those that are made of products, in their order."""

TRIED_STEPS: Final = 40
"""Steps of a pass by which its layouts are compared."""

TRIES: Final = 7
"""How often each layout is timed at most; the least time counts."""

LONGEST: Final = 1.0
"""Seconds after which no layout is tried once more."""

Array = npt.NDArray[np.float32]
Product = tuple[Array, Array, Array]
"""Left factor, right factor and where the result goes."""

Layouts = dict[str, list[Product]]
"""By layout, the products of one part of an update."""


class Arrays:
    """Arrays for one window: small numbers, as none of the products depends on them."""

    def __init__(self) -> None:
        """Draw from a seed of its own."""
        self._rng = np.random.default_rng(0)

    def make(self, *shape: int) -> Array:
        """Return an array that begins at a cache line, as the engine's do."""
        array = aligned_zeros(shape, np.dtype(np.float32))
        array[...] = self._rng.standard_normal(shape, np.float32) * np.float32(0.01)
        return array


def _turned(array: Array) -> Array:
    """Return a transposed copy at a cache line of its own."""
    turned = aligned_zeros(array.shape[::-1], array.dtype)
    turned[...] = array.T
    return turned


def _of_a_step(streams: int, width: int, arrays: Arrays) -> dict[str, Array]:
    """Return the array of a step: a vector, or a matrix whose rows or columns are the streams."""
    if streams == 1:
        return {"": arrays.make(width)}
    return {"rows": arrays.make(streams, width), "columns": arrays.make(width, streams)}


def pass_layouts(
    stacks: tuple[int, ...], hidden: int, lead: tuple[int, int], *, back: bool
) -> list[Layouts]:
    """Return, for each stack of a cell, the products of one pass over a window by layout.

    Args:
        stacks: K of each.
        hidden: H.
        lead: (T, B).
        back: whether from (K H) to (H), the pass back, and not from (H) to (K H).
    """
    found = []
    for parts in stacks:
        arrays, wide = Arrays(), parts * hidden
        matrix = arrays.make(wide, hidden)
        turned = _turned(matrix)
        narrow, stacked = (_of_a_step(lead[1], width, arrays) for width in (hidden, wide))
        layouts: Layouts = {}
        for lie in narrow:
            x, y = (stacked[lie], narrow[lie]) if back else (narrow[lie], stacked[lie])
            for kept, factor in (("as kept", matrix), ("transposed", turned.T)):
                right = factor if back else factor.T
                product = (right.T, x, y) if lie == "columns" else (x, right, y)
                name = f"{lie} {kept}".strip()
                layouts[name] = [product] * lead[0]
                if parts > 1 and lie != "columns":
                    layouts[f"{name}, apart"] = _apart((x, y), factor, parts, back=back) * lead[0]
        if lead[1] > 1 and block_width(lead[1], hidden) < hidden:
            rows = (stacked if back else narrow)["rows"]
            layouts["rows in blocks"] = [_in_blocks(rows, matrix, parts, back=back)] * lead[0]
        found.append(layouts)
    return found


def _apart(pair: tuple[Array, Array], factor: Array, parts: int, *, back: bool) -> list[Product]:
    """Return a product for each of the K matrices of a stack; back, their sum is left out."""
    x, y = pair
    wide = x if back else y
    pieces = wide.reshape(parts, *wide.shape[:-1], -1)  # each a block of its own
    return [
        (piece, matrix, y) if back else (x, matrix.T, piece)
        for piece, matrix in zip(pieces, np.split(factor, parts), strict=True)
    ]


def _in_blocks(rows: Array, matrix: Array, parts: int, *, back: bool) -> Product:
    """Return one product with K matrices as the engine makes it; back, their sum is left out."""
    matrices = matrix.reshape(parts, *matrix.shape[1:] * 2)
    row = (len(rows), matrix.shape[1])
    products = Products(parts, row, matrix.dtype)
    if back:
        apart = rows.reshape(parts, 1, *row)  # each a block of its own
        return apart, products.straight(matrices), products.out
    return rows, products.transposed(matrices), products.out


def window_layouts(stacks: tuple[int, ...], size: tuple[int, int], rows: int) -> dict[str, Layouts]:
    """Return the products over a whole window by layout, by their names.

    Args:
        stacks: K of each.
        size: (H, V).
        rows: N = T B.
    """
    arrays, (hidden, vocab) = Arrays(), size
    states, back_states = arrays.make(rows, hidden), arrays.make(rows, hidden)
    d_logits, projection = arrays.make(rows, vocab), arrays.make(vocab, hidden)
    found = {
        "logits": _either(states, projection.T, arrays.make(rows, vocab)),
        "dWhy": _either(d_logits.T, states, arrays.make(vocab, hidden)),
        "dh": _either(d_logits, projection, back_states),
    }
    for number, parts in enumerate(stacks):
        wide = parts * hidden
        d_raw, gradient = arrays.make(rows, wide), arrays.make(wide, hidden)
        found[gradients_of(stacks)[number]] = _either(d_raw.T, states, gradient)
    return found


def gradients_of(stacks: tuple[int, ...]) -> list[str]:
    """Return the names of the gradients of the recurrent stacks."""
    return [f"dWh {number}" for number in range(1, len(stacks) + 1)]


def _either(left: Array, right: Array, out: Array) -> Layouts:
    """Return a product with its factors as they lie and as copies that lie the other way."""
    return {
        "as kept": [(left, right, out)],
        "left turned": [(_other(left), right, out)],
        "right turned": [(left, _other(right), out)],
        "result turned": [(right.T, left.T, _turned(out))],
    }


def _other(array: Array) -> Array:
    """Return the same matrix, stored by columns if it was by rows, and the other way round."""
    return _turned(array).T if array.flags.c_contiguous else _turned(array.T)


def run(products: Iterable[Product]) -> None:
    """Make products, one after the other."""
    matmul = np.matmul
    for left, right, out in products:
        if right.ndim > 2:
            matmul(left, right, out)
        else:
            left.dot(right, out)  # costs less to call than the function


def fastest(layouts: Layouts, *, steps: int | None = None) -> str:
    """Return the name of the fastest layout.

    Args:
        layouts: what to choose from.
        steps: of a pass, the share of its products that is tried; None for all of them.
    """
    least = dict.fromkeys(layouts, float("inf"))
    tried = {
        name: products if steps is None else products[: len(products) * TRIED_STEPS // steps + 1]
        for name, products in layouts.items()
    }
    stop = time.perf_counter() + LONGEST
    for number in range(TRIES):
        if number and time.perf_counter() > stop:
            break
        for name, products in tried.items():
            least[name] = min(least[name], seconds(partial(run, products)))
    return min(least, key=least.__getitem__)


def _in_turn(passes: list[list[Product]], steps: int) -> list[Product]:
    """Interleave the stacks of a cell, as a step has one after the other."""
    each = [len(products) // steps for products in passes]
    return [
        product
        for step in range(steps)
        for products, count in zip(passes, each, strict=True)
        for product in products[step * count : (step + 1) * count]
    ]


class Floor:
    """The products of one update, in the fastest layouts found.

    Attributes:
        layouts: the names of these, by part of the update.
    """

    def __init__(self, size: Size, batch: int) -> None:
        """Try all layouts."""
        stacks, steps = STACKS[size.cell], size.seq_length
        self.layouts: dict[str, str] = {}
        self._by_part: dict[str, list[Product]] = {part: [] for part in PARTS}
        for name, back in (("forward", False), ("back", True)):
            order = stacks[::-1] if back else stacks
            chosen = [
                self._chosen(f"{name} {number}", layouts, steps)
                for number, layouts in enumerate(
                    pass_layouts(order, size.hidden, (steps, batch), back=back), 1
                )
            ]
            self._by_part[name] = _in_turn(chosen, steps)
        window = window_layouts(stacks, (size.hidden, size.vocab), steps * batch)
        for part, layouts in window.items():
            place = "weight gradients" if part in gradients_of(stacks) else "output layer"
            self._by_part[place] += self._chosen(part, layouts, None)

    def _chosen(self, part: str, layouts: Layouts, steps: int | None) -> list[Product]:
        name = self.layouts[part] = fastest(layouts, steps=steps)
        return layouts[name]

    @property
    def products(self) -> list[Product]:
        """All of an update, in its order."""
        return [product for products in self._by_part.values() for product in products]

    def run(self) -> None:
        """Make all products of an update."""
        for products in self._by_part.values():
            run(products)

    def parts(self) -> Mapping[str, Action]:
        """Return what makes the products of each part of an update."""
        return {part: partial(run, products) for part, products in self._by_part.items()}


def multiplications(size: Size, batch: int) -> float:
    """Return how many multiplications the products of an update are made of."""
    matrices, rows = sum(STACKS[size.cell]), size.seq_length * batch
    return 3.0 * rows * size.hidden * (matrices * size.hidden + size.vocab)
