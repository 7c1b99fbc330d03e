"""The same model in torch, in every form that might be the fastest.

In all of them the input rows of a window are one look-up, projection, loss and update are a few
calls, z and r are one product, and the update goes over all arrays at once (`torch._foreach_*`, as
torch's own optimizers do). They differ in the recurrence:

- `nn.RNN`: torch's own loop in C++, which reads one-hot rows;
- `loop`: Python, one `addmm` for each product with what is added to it;
- `script`: the same, compiled by TorchScript;
- `by hand`: the loop with a backward pass written out, which sums the gradient of a weight in one
  product over the window, as the engine does; autograd sums T outer products;
- `nn.GRU` is another model (it resets after the product, not before), told for comparison alone.

`torch.compile` is not among them. It unrolls the T steps: at H=64 it compiled the window of a GRU
for minutes, and the step alone for most of one, and neither was faster than TorchScript after it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.peers.task import EPSILON, Named, Task, Windows, stacked, unstacked

Recurrence = Callable[..., Tensor]
"""From raw (T, B, KH), state (B, H) and the recurrent arrays to the hidden states (T, B, H)."""


def rnn_loop(raw: Tensor, state: Tensor, whh: Tensor) -> Tensor:
    """Run the vanilla cell."""
    factor = whh.t()
    after: list[Tensor] = []
    for row in raw.unbind(0):
        state = torch.tanh(torch.addmm(row, state, factor))
        after.append(state)
    return torch.stack(after)


def gru_loop(raw: Tensor, state: Tensor, whh: Tensor, gates: Tensor) -> Tensor:
    """Run the GRU that resets before the product."""
    hidden = state.shape[1]
    factor, gate_factor = whh.t(), gates.t()
    gate_rows = raw[:, :, : 2 * hidden].unbind(0)
    after: list[Tensor] = []
    for step, row in enumerate(raw[:, :, 2 * hidden :].unbind(0)):
        both = torch.sigmoid(torch.addmm(gate_rows[step], state, gate_factor))
        update, reset = both.chunk(2, 1)
        candidate = torch.tanh(torch.addmm(row, reset * state, factor))
        state = torch.lerp(state, candidate, update)
        after.append(state)
    return torch.stack(after)


class RNNByHand(torch.autograd.Function):
    """The vanilla cell with its derivatives written out."""

    @staticmethod
    def forward(ctx: Any, raw: Tensor, state: Tensor, whh: Tensor) -> Tensor:
        """As `rnn_loop`."""
        hidden = raw.new_empty((len(raw) + 1, *state.shape))
        hidden[0] = state
        rows, factor = hidden.unbind(0), whh.t()
        for row, before, after in zip(raw.unbind(0), rows[:-1], rows[1:], strict=True):
            torch.addmm(row, before, factor, out=after)
            after.tanh_()
        ctx.save_for_backward(hidden, whh)
        return hidden[1:]

    @staticmethod
    def backward(ctx: Any, *d_outputs: Tensor) -> tuple[Tensor, None, Tensor]:
        """Return the derivatives by raw and Whh."""
        hidden, whh = ctx.saved_tensors
        d_raw = 1 - hidden[1:] ** 2
        future = torch.zeros_like(hidden[0])
        rows = zip(d_outputs[0].unbind(0), d_raw.unbind(0), strict=True)
        for d_hidden, d_row in reversed(list(rows)):
            d_row.mul_(future.add_(d_hidden))
            torch.mm(d_row, whh, out=future)
        return d_raw, None, d_raw.flatten(0, 1).t() @ hidden[:-1].flatten(0, 1)


class GRUByHand(torch.autograd.Function):
    """The GRU with its derivatives written out."""

    @staticmethod
    def forward(ctx: Any, raw: Tensor, state: Tensor, whh: Tensor, gates: Tensor) -> Tensor:
        """As `gru_loop`."""
        size = state.shape[1]
        hidden = raw.new_empty((len(raw) + 1, *state.shape))
        hidden[0] = state
        both = raw.new_empty((*raw.shape[:2], 2 * size))
        candidates, reset_hidden = raw.new_empty((2, *raw.shape[:2], size))
        rows, factor, gate_factor = hidden.unbind(0), whh.t(), gates.t()
        update_rows, reset_rows = (part.unbind(0) for part in both.chunk(2, 2))
        for before, after, gate_raw, row, gate, update, reset, candidate, kept in zip(
            rows[:-1], rows[1:], raw[..., : 2 * size].unbind(0), raw[..., 2 * size :].unbind(0),
            both.unbind(0), update_rows, reset_rows, candidates.unbind(0), reset_hidden.unbind(0),
            strict=True,
        ):  # fmt: skip
            torch.addmm(gate_raw, before, gate_factor, out=gate)
            gate.sigmoid_()
            torch.mul(reset, before, out=kept)
            torch.addmm(row, kept, factor, out=candidate)
            candidate.tanh_()
            torch.lerp(before, candidate, update, out=after)
        ctx.save_for_backward(hidden, both, candidates, reset_hidden, whh, gates)
        return hidden[1:]

    @staticmethod
    def backward(ctx: Any, *d_outputs: Tensor) -> tuple[Tensor, None, Tensor, Tensor]:
        """Return the derivatives by raw, Whh and the stacked gates."""
        hidden, both, candidates, reset_hidden, whh, gates = ctx.saved_tensors
        before, (update, reset) = hidden[:-1], both.chunk(2, 2)
        size = before.shape[2]
        keep = 1 - update
        d_raw = torch.cat(
            (
                (candidates - before) * update * keep,
                before * reset * (1 - reset),
                update * (1 - candidates**2),
            ),
            2,
        )
        future, through = torch.zeros_like(hidden[0]), torch.empty_like(hidden[0])
        d_both, d_candidates = d_raw[..., : 2 * size], d_raw[..., 2 * size :]
        rows = zip(
            d_outputs[0].unbind(0), d_both.unbind(0), d_both[..., :size].unbind(0),
            d_both[..., size:].unbind(0), d_candidates.unbind(0), keep.unbind(0), reset.unbind(0),
            strict=True,
        )  # fmt: skip
        for d_hidden, d_gates, d_update, d_reset, d_candidate, kept, let in reversed(list(rows)):
            future.add_(d_hidden)
            d_update.mul_(future)
            d_candidate.mul_(future)
            torch.mm(d_candidate, whh, out=through)
            d_reset.mul_(through)
            future.mul_(kept).addcmul_(through, let)
            future.addmm_(d_gates, gates)
        flat = partial(torch.flatten, start_dim=0, end_dim=1)
        d_whh = flat(d_candidates).t() @ flat(reset_hidden)
        return d_raw, None, d_whh, flat(d_both).t() @ flat(before)


class Net:
    """Look-up, a recurrence, projection and loss; Adagrad."""

    def __init__(self, task: Task, recurrence: Recurrence | None = None) -> None:
        """Start with the weights of the task; a subclass does without a recurrence."""
        torch.set_num_threads(task.threads)
        self._task, self._recurrence = task, recurrence
        self._windows = Windows(task)
        self._zeros = torch.zeros(task.batch, task.size.hidden)
        self._state = self._zeros
        arrays = stacked(task.size.cell, task.weights())
        self._arrays = {name: torch.from_numpy(value.copy()) for name, value in arrays.items()}
        self._arrange()
        self._trained = [array.requires_grad_() for array in self._arrays.values()]
        self._memory = [torch.zeros_like(array) for array in self._trained]

    def _arrange(self) -> None:
        """Lay the arrays out as the recurrence wants them."""

    def _hidden(self, ids: Tensor) -> Tensor:
        """Return the hidden states (T, B, H) of a window (T, B)."""
        arrays = self._arrays
        raw = functional.embedding(ids, arrays["embed"]) + arrays["bias"]
        recurrent = [arrays[name] for name in ("Whh", "gates") if name in arrays]
        assert self._recurrence is not None
        return self._recurrence(raw, self._state, *recurrent)

    def update(self) -> float:
        """Make the next update; return its loss in nats, summed over T and B."""
        inputs, targets, is_fresh = self._windows.next()
        if is_fresh:
            self._state = self._zeros
        for array in self._trained:
            array.grad = None
        hidden = self._hidden(torch.from_numpy(inputs.astype(np.int64)))
        logits = functional.linear(hidden.flatten(0, 1), self._arrays["Why"], self._arrays["by"])
        wanted = torch.from_numpy(targets.astype(np.int64)).flatten()
        loss = functional.cross_entropy(logits, wanted, reduction="sum")
        loss.backward()
        self._state = hidden[-1].detach()
        self._step()
        return loss.item()

    @torch.no_grad()
    def _step(self) -> None:
        config = self._task.config
        gradients = [array.grad for array in self._trained]
        torch._foreach_clamp_min_(gradients, -config.clip)
        torch._foreach_clamp_max_(gradients, config.clip)
        torch._foreach_addcmul_(self._memory, gradients, gradients)
        roots = torch._foreach_add(self._memory, EPSILON)
        torch._foreach_sqrt_(roots)
        torch._foreach_addcdiv_(self._trained, gradients, roots, -config.learning_rate)

    def parameters(self) -> Named:
        """Return the parameters under their canonical names."""
        arrays = {name: value.detach().numpy().copy() for name, value in self._arrays.items()}
        return unstacked(self._task.size.cell, arrays)


class Builtin(Net):
    """torch's own layer; its second bias, which this model has not, stays at 0."""

    def _arrange(self) -> None:
        size, arrays = self._task.size, self._arrays
        kind = torch.nn.RNN if size.cell == "rnn" else torch.nn.GRU
        self._layer = kind(size.vocab, size.hidden)
        stack = [arrays.pop(name) for name in ("gates", "Whh") if name in arrays]
        arrays |= {"input": arrays.pop("embed").t().contiguous(), "recurrent": torch.cat(stack)}
        for theirs, ours in (
            ("weight_ih", "input"),
            ("weight_hh", "recurrent"),
            ("bias_ih", "bias"),
        ):
            arrays[ours] = torch.nn.Parameter(arrays[ours])
            setattr(self._layer, f"{theirs}_l0", arrays[ours])
        self._layer.bias_hh_l0.requires_grad_(False).zero_()

    def _hidden(self, ids: Tensor) -> Tensor:
        one_hot = functional.one_hot(ids, self._task.size.vocab).float()
        hidden: Tensor = self._layer(one_hot, self._state[None])[0]
        return hidden

    def parameters(self) -> Named:
        """Return the parameters under their canonical names."""
        arrays = {name: value.detach().numpy().copy() for name, value in self._arrays.items()}
        gates, whh = np.split(arrays.pop("recurrent"), [-self._task.size.hidden])
        arrays |= {"embed": arrays.pop("input").T, "Whh": whh, "gates": gates}
        return unstacked(self._task.size.cell, arrays)


def _scripted(loop: Recurrence) -> Callable[[Task], Net]:
    def make(task: Task) -> Net:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # it is measured all the same
            return Net(task, torch.jit.script(loop))

    return make


FORMS: Final[dict[str, dict[str, Callable[[Task], Net]]]] = {
    "rnn": {
        "nn.RNN": Builtin,
        "loop": lambda task: Net(task, rnn_loop),
        "script": _scripted(rnn_loop),
        "by hand": lambda task: Net(task, RNNByHand.apply),
    },
    "gru": {
        "loop": lambda task: Net(task, gru_loop),
        "script": _scripted(gru_loop),
        "by hand": lambda task: Net(task, GRUByHand.apply),
        "nn.GRU": Builtin,
    },
}
"""By cell and name, what can be measured."""
