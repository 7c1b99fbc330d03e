"""How well the preset `strong` learns, beside the same model in torch.

    python -m benchmarks.strong                      the whole preset, about 20 minutes each
    python -m benchmarks.strong --iterations 500     a shorter run of both
    python -m benchmarks.strong --only ours          one of them, here or on another machine

Needs the extra `[bench]`. Both read `stdlib`, start from the same weights, see the same windows in
the same order, and use the same update rule, clipping and schedule, in float32 on one thread. What
is compared is the mean of bits per character over the whole held-out text after the last update.
The time is that of the processor, which other programs on the machine do not add to.

torch's LSTM has two biases for each gate, of which one is held at 0, since the sum of two trained
ones would learn at twice the rate.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from benchmarks import machine
from tui_charrnn.engine import Corpus, TrainConfig, build_model, train
from tui_charrnn.engine.config import PRESETS
from tui_charrnn.engine.corpus import streams
from tui_charrnn.engine.events import Step, Validation
from tui_charrnn.engine.parts import parts
from tui_charrnn.engine.schedule import rate_factor
from tui_charrnn.engine.validation import WINDOW, stream_count
from tui_charrnn.runs.catalogue import load_corpus

GATES: Final = "ifgo"
"""The order in which torch stacks the parts of an LSTM."""

NEWS: Final = 500
"""Updates between two lines on how it goes."""


@dataclass(frozen=True)
class Reached:
    """What came of a training: bits per character on the held-out text, processor seconds."""

    name: str
    bits: float
    seconds: float
    updates: int


def preset(iterations: int | None) -> TrainConfig:
    """Return the preset, judged once, at its end, by all of the held-out text."""
    values: dict[str, Any] = dict(PRESETS["strong"])
    if iterations is not None:
        values["iterations"] = iterations
    last: int = values["iterations"]
    return TrainConfig(**{**values, "eval_every": last, "eval_length": 0, "sample_every": 0})


def ours(config: TrainConfig, corpus: Corpus) -> Reached:
    """Train with this engine."""
    bits, started = math.nan, time.process_time()
    seconds = 0.0
    for event in train(config.replace(checkpoint_seconds=0), corpus):
        if isinstance(event, Step):
            seconds = time.process_time() - started
            _tell("ours", event.iteration, event.smooth_bits_per_character, seconds)
        elif isinstance(event, Validation):
            bits = event.bits_per_character
    return Reached("charrnn-tui", bits, seconds, config.iterations)


def _tell(name: str, iteration: int, smooth: float, seconds: float) -> None:
    if (iteration + 1) % NEWS == 0:
        line = f"{name}: {iteration + 1:,} updates, {smooth:.4f} bits, {seconds:,.0f} s"
        print(line, flush=True)


class Twin:
    """The same model, optimizer and reading of the text in torch."""

    def __init__(self, config: TrainConfig, corpus: Corpus) -> None:
        """Start with the weights that this engine starts with."""
        import torch  # noqa: PLC0415 - only this comparison needs it

        if config.cell != "lstm" or config.optimizer != "adam" or config.dropout:
            raise SystemExit("The twin is an LSTM without dropout, trained by Adam.")
        torch.set_num_threads(1)
        self._torch, self._config, self._corpus = torch, config, corpus
        vocab, hidden = corpus.vocab_size, config.hidden_size
        self._lstm = torch.nn.LSTM(vocab, hidden, config.layers)
        self._out = torch.nn.Linear(hidden, vocab)
        self._load(build_model(config, vocab).parameters())
        self._trained = [p for p in self._parameters() if p.requires_grad]
        betas = (config.beta1, config.beta2)
        self._adam = torch.optim.Adam(self._trained, lr=config.learning_rate, betas=betas)

    def _parameters(self) -> Iterator[Any]:
        yield from self._lstm.parameters()
        yield from self._out.parameters()

    def _load(self, named: dict[str, Any]) -> None:
        torch = self._torch
        with torch.no_grad():
            for layer in range(self._config.layers):
                suffix = "" if layer == 0 else str(layer + 1)
                for ours, theirs in (("Wx", "weight_ih"), ("Wh", "weight_hh"), ("b", "bias_ih")):
                    stack = np.concatenate([named[f"{ours}{gate}{suffix}"] for gate in GATES])
                    getattr(self._lstm, f"{theirs}_l{layer}").copy_(torch.from_numpy(stack))
                idle = getattr(self._lstm, f"bias_hh_l{layer}")
                idle.zero_()
                idle.requires_grad_(False)
            self._out.weight.copy_(torch.from_numpy(named["Why"].copy()))
            self._out.bias.copy_(torch.from_numpy(named["by"]))

    def train(self) -> Reached:
        """Make all updates, in the windows that the engine reads."""
        torch, config = self._torch, self._config
        training, held_out = parts(config, self._corpus)
        rows, position, state = streams(training, config.batch_size), 0, None
        smooth, started, seconds = 0.0, time.process_time(), 0.0
        for iteration in range(config.iterations):
            if position + config.seq_length + 1 >= rows.shape[1]:
                position, state = 0, None
            stop = position + config.seq_length
            loss, state = self._loss(rows[:, position : stop + 1], state)
            self._adam.zero_grad()
            loss.backward()
            self._clip()
            for group in self._adam.param_groups:
                group["lr"] = config.learning_rate * rate_factor(config, iteration)
            self._adam.step()
            state, position = tuple(each.detach() for each in state), stop
            bits = loss.item() / (config.batch_size * config.seq_length * math.log(2))
            smooth = bits if iteration == 0 else 0.999 * smooth + 0.001 * bits
            seconds = time.process_time() - started
            _tell("torch", iteration, smooth, seconds)
        bits = self._validate(held_out)
        return Reached(f"torch {torch.__version__}", bits, seconds, config.iterations)

    def _clip(self) -> None:
        torch, config = self._torch, self._config
        if config.clip_by == "norm":
            torch.nn.utils.clip_grad_norm_(self._trained, config.clip)
        else:
            torch.nn.utils.clip_grad_value_(self._trained, config.clip)

    def _loss(self, rows: Any, state: Any) -> tuple[Any, Any]:
        """Return the loss in nats, summed over a window (B, T+1) of ids, and the state after it."""
        torch = self._torch
        ids = torch.from_numpy(rows.astype(np.int64)).T
        one_hot = torch.nn.functional.one_hot(ids[:-1], self._corpus.vocab_size).float()
        hidden, state = self._lstm(one_hot, state)
        logits = self._out(hidden).flatten(0, 1)
        loss = torch.nn.functional.cross_entropy(logits, ids[1:].flatten(), reduction="sum")
        return loss, state

    def _validate(self, held_out: Any) -> float:
        rows, nats, state = streams(held_out, stream_count(len(held_out))), 0.0, None
        with self._torch.no_grad():
            for start in range(0, rows.shape[1] - 1, WINDOW):
                loss, state = self._loss(rows[:, start : start + WINDOW + 1], state)
                nats += loss.item()
        return nats / (rows.shape[0] * (rows.shape[1] - 1) * math.log(2))


def table(results: list[Reached]) -> Table:
    """Return what each reached, and the ratios where there are two."""
    shown = Table(box=MARKDOWN)
    for name in ("model", "updates", "held-out bits/char", "processor s"):
        shown.add_column(name, justify="left" if name == "model" else "right")
    for each in results:
        shown.add_row(each.name, f"{each.updates:,}", f"{each.bits:.4f}", f"{each.seconds:,.0f}")
    if len(results) == 2:
        mine, other = results
        bits, seconds = mine.bits / other.bits, mine.seconds / other.seconds
        shown.add_row("ratio", "", f"{bits:.4f}", f"{seconds:.2f}")
    return shown


def main(arguments: list[str] | None = None) -> None:
    """Train both and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.strong")
    parser.add_argument("--iterations", type=int, help="updates (default: those of the preset)")
    parser.add_argument("--only", choices=("ours", "torch"), help="train one of them")
    given = parser.parse_args(arguments)
    config, corpus = preset(given.iterations), load_corpus("stdlib", "utf-8")
    results = []
    with threadpool_limits(limits=1):
        if given.only != "torch":
            results.append(ours(config, corpus))
        if given.only != "ours":
            results.append(Twin(config, corpus).train())
    console = Console(width=100)
    console.print(table(results))
    for line in machine.describe():
        console.print(line)


if __name__ == "__main__":
    main()
