"""Which runs stand side by side: seeds in a setting, settings in a comparison, amounts in a series.

A setting is a text and a config but for its seed. Settings make a comparison if they belong to the
same group of runs, read the same text, are judged by the same held-out part of it and get the same
number of updates on windows of the same size. Sweeps that differ in the cell, hidden size, layers,
learning rate and seed alone count as one group where one of them has a single cell. Comparisons
that differ in nothing but the amount of text that is trained on make a series. Where runs were
stopped early, only what all runs of the comparison, or of the series, reached is taken for a
result.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations
from typing import TypeVar

from tui_charrnn.engine.config import FIELDS, TrainConfig, Value
from tui_charrnn.runs import wording
from tui_charrnn.runs.report.loading import Curve, Run
from tui_charrnn.runs.report.statistics import Floats, Summary
from tui_charrnn.runs.store.records import TextIdentity

Item = TypeVar("Item")

SAME_IN_A_COMPARISON = (
    "iterations", "time_limit", "seq_length", "batch_size", "training_characters",
    "validation_fraction", "eval_length",
)  # fmt: skip
"""Fields of the config that all settings of a comparison share."""

VARIED_BY_CELLS = ("cell", "hidden_size", "layers", "learning_rate", "seed")
"""Fields in which runs of several sweeps may differ to be put into one comparison."""


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """Runs that differ in their seed alone, in the order of the seeds; at least one.

    Its results are those within the first `until` updates; infinite if the runs count whole.
    """

    runs: tuple[Run, ...]
    until: float = math.inf

    @property
    def config(self) -> TrainConfig:
        """The config of the first seed."""
        return self.runs[0].record.config

    @property
    def cell(self) -> str:
        """The cell as people write it: `GRU`."""
        return self.config.cell.upper()

    @property
    def parameters(self) -> int:
        """Trained values of the model."""
        return self.runs[0].record.parameter_count

    @property
    def text(self) -> TextIdentity:
        """What it reads."""
        return self.runs[0].record.origin.text

    @property
    def is_validated(self) -> bool:
        """Whether every seed read its held-out text at least once."""
        return all(len(self._within(run.validation)) for run in self.runs)

    def summary(self, measure: Callable[[Run], float]) -> Summary:
        """Return a measure of every seed."""
        return Summary(tuple(float(measure(run)) for run in self.runs))

    @property
    def final_smooth(self) -> Summary:
        """The smooth loss after the last update, in bits per character."""
        return self.summary(lambda run: self._within(run.smooth)[-1])

    @property
    def final_validation(self) -> Summary:
        """The last validation in bits per character; only where all seeds have one."""
        return self.summary(lambda run: self._within(run.validation)[-1])

    @property
    def best_validation(self) -> Summary:
        """The best validation in bits per character; only where all seeds have one."""
        return self.summary(lambda run: self._within(run.validation).min())

    def _within(self, curve: Curve) -> Floats:
        """Return the bits of a curve's points that count."""
        return curve.bits[curve.iterations <= self.until]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Settings that stand side by side, RNN first; at least one."""

    group: str
    settings: tuple[Setting, ...]

    @property
    def text(self) -> TextIdentity:
        """What all of them read."""
        return self.settings[0].text

    @property
    def config(self) -> TrainConfig:
        """The config of the first setting, for the fields that all share."""
        return self.settings[0].config

    @property
    def train_characters(self) -> int:
        """Characters that are trained on."""
        return self.settings[0].runs[0].record.train_characters

    @property
    def is_validated(self) -> bool:
        """Whether every seed of every setting read its held-out text."""
        return all(setting.is_validated for setting in self.settings)

    @property
    def best(self) -> dict[str, Setting]:
        """The setting of each cell whose mean best validation (or smooth loss) is lowest."""
        chosen: dict[str, Setting] = {}
        for setting in sorted(self.settings, key=self.merit):
            chosen.setdefault(setting.cell, setting)
        return {cell: chosen[cell] for cell in in_order(chosen)}

    @property
    def stopped_early(self) -> str:
        """The sentence that says up to where its runs are compared, empty if they count whole."""
        until = self.settings[0].until
        if math.isinf(until):
            return ""
        return (
            f"Some runs were stopped early. So the losses are those within the first "
            f"{wording.count(round(until))} iterations, which all runs reached that are compared "
            f"here or on other amounts of the same text; equal training time goes by whole runs."
        )

    def merit(self, setting: Setting) -> float:
        """Return the mean that a setting is chosen by, in bits per character."""
        measure = setting.best_validation if self.is_validated else setting.final_smooth
        return measure.mean

    @property
    def differing(self) -> list[str]:
        """The fields, cell and seed left out, in which its settings differ."""
        return differing([setting.config for setting in self.settings])

    @property
    def title(self) -> str:
        """What is compared, in a line: the text, the updates, the windows, the amount."""
        config = self.config
        window = wording.count(config.seq_length)
        if config.batch_size > 1:
            window = f"{wording.count(config.batch_size)} × {window}"
        spent = (
            f"{config.time_limit:g} s of training in windows"
            if config.time_limit
            else f"{wording.count(config.iterations)} iterations"
        )
        spent = f"up to {spent}" if config.patience else spent
        amount = wording.count(self.train_characters)
        where = f"{self.group}: " if self.group else ""
        return f"{where}{self.text.name}, {spent} of {window} characters, {amount} to learn from"

    def pairs(self) -> list[tuple[Setting, Setting]]:
        """Return every two settings of different cells, the RNN's first."""
        cells = in_order({setting.cell for setting in self.settings})
        ordered = sorted(self.settings, key=lambda setting: cells.index(setting.cell))
        return [(a, b) for a, b in combinations(ordered, 2) if a.cell != b.cell]

    def same_but_for_the_cell(self) -> list[tuple[Setting, Setting]]:
        """Return the pairs whose configs differ in the cell alone."""
        return [
            (a, b) for a, b in self.pairs() if b.config.replace(
                cell=a.config.cell, seed=a.config.seed) == a.config
        ]  # fmt: skip

    def name(self, setting: Setting) -> str:
        """Return what tells a setting from the others: `GRU, hidden size 64`."""
        return ", ".join([setting.cell, *_labels(setting.config, self.differing)])


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Comparisons that differ in the amount of text alone, which rises; two or more."""

    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A run that takes no part, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What a report is about: comparisons, series of them, and the runs that were left out."""

    comparisons: tuple[Comparison, ...]
    series: tuple[Series, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def runs(self) -> list[Run]:
        """All runs that take part."""
        settings = [setting for one in self.comparisons for setting in one.settings]
        return [run for setting in settings for run in setting.runs]


def arrange(runs: Sequence[Run]) -> Findings:
    """Put runs side by side.

    Those without a finite result, and repetitions of a seed (which would make the spread look
    smaller than it is), are left out and named; of repetitions, the newest that finished stays.
    """
    usable, left_out = _usable(_joined(runs))
    whole = [Setting(tuple(sorted(seeds, key=_seed))) for seeds in _by(usable, _setting_key)]
    settings = [cut for series in _by(whole, _series_key) for cut in _to_what_all_reached(series)]
    comparisons = [_comparison(group) for group in _by(settings, _comparison_key)]
    series = [
        Series(tuple(sorted(group, key=lambda one: one.train_characters)))
        for group in _by(comparisons, lambda one: _series_key(one.settings[0]))
        if len({one.train_characters for one in group}) > 1
    ]
    return Findings(tuple(_sorted(comparisons)), tuple(series), tuple(left_out))


def _joined(runs: Sequence[Run]) -> list[Run]:
    """Let sweeps count as one where else one of them would have no other cell to compare with.

    A sweep does not repeat what an earlier one finished, so that its cells may be spread over both.
    """
    joined = []
    for alike in _by(runs, _but_for_the_cell_key):
        cells = [{run.record.config.cell for run in group} for group in _by(alike, _group)]
        is_split = len(set().union(*cells)) > 1 and any(len(one) == 1 for one in cells)
        name = " and ".join(sorted({_group(run) for run in alike}))
        joined += [_in_group(run, name) for run in alike] if is_split else alike
    return joined


def _in_group(run: Run, name: str) -> Run:
    origin = replace(run.record.origin, group=name)
    return replace(run, record=replace(run.record, origin=origin))


def _to_what_all_reached(settings: Sequence[Setting]) -> list[Setting]:
    """Let runs count up to where all of them came, if some were stopped; else whole.

    Runs with a limit of time that finished are whole, however many updates they made.
    """
    runs = [run for setting in settings for run in setting.runs]
    if len(runs) == 1 or all(run.record.state != "stopped" for run in runs):
        return list(settings)
    is_validated = all(setting.is_validated for setting in settings)
    curves = [run.validation if is_validated else run.smooth for run in runs]
    until = min(float(curve.iterations[-1]) for curve in curves)
    return [replace(setting, until=until) for setting in settings]


def _usable(runs: Sequence[Run]) -> tuple[list[Run], list[LeftOut]]:
    left_out = [LeftOut(run.record.name, run.problem) for run in runs if run.problem]
    kept: list[Run] = []
    for seed in _by([run for run in runs if not run.problem], _seed_key):
        best = max(seed, key=lambda run: (run.record.state == "finished", run.record.id))
        kept.append(best)
        left_out += [
            LeftOut(run.record.name, f"the same setting and seed as {best.record.name}")
            for run in seed
            if run is not best
        ]
    return kept, left_out


def _comparison(settings: Sequence[Setting]) -> Comparison:
    """Order settings by their cells, RNN first, then by what they differ in."""
    fields = differing([setting.config for setting in settings])
    cells = in_order({setting.cell for setting in settings})

    def place(setting: Setting) -> tuple[object, ...]:
        values = setting.config.as_dict()
        return cells.index(setting.cell), *(values[name] for name in fields)

    group = settings[0].runs[0].record.origin.group
    return Comparison(group, tuple(sorted(settings, key=place)))


def _sorted(comparisons: Iterable[Comparison]) -> list[Comparison]:
    return sorted(comparisons, key=lambda one: (one.group, one.text.name, one.train_characters))


def _seed(run: Run) -> int:
    return run.record.config.seed


def _seed_key(run: Run) -> Hashable:
    origin = run.record.origin
    return origin.group, origin.text.sha256, tuple(origin.config.as_dict().items())


def _setting_key(run: Run) -> Hashable:
    origin = run.record.origin
    return origin.group, origin.text.sha256, tuple(origin.config.replace(seed=0).as_dict().items())


def _comparison_key(setting: Setting) -> Hashable:
    values = setting.config.as_dict()
    shared = tuple(values[name] for name in SAME_IN_A_COMPARISON)
    return setting.runs[0].record.origin.group, setting.text.sha256, shared


def _series_key(setting: Setting) -> Hashable:
    values = setting.config.as_dict()
    shared = [name for name in SAME_IN_A_COMPARISON if name != "training_characters"]
    group = _group(setting.runs[0])
    return group, setting.text.sha256, tuple(values[name] for name in shared)


def _group(run: Run) -> str:
    return run.record.origin.group


def _but_for_the_cell_key(run: Run) -> Hashable:
    """Return what the runs share whose sweeps may be joined; races and others stay apart."""
    origin = run.record.origin
    values = origin.config.as_dict()
    shared = tuple(value for name, value in values.items() if name not in VARIED_BY_CELLS)
    return None if origin.cell_key else origin.group, origin.text.sha256, shared


def _by(items: Iterable[Item], key: Callable[[Item], Hashable]) -> list[list[Item]]:
    groups: dict[Hashable, list[Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return list(groups.values())


def in_order(cells: Iterable[str]) -> list[str]:
    """Return the cells, the RNN first, since it is what the others are compared to."""
    return sorted(cells, key=lambda cell: (cell != "RNN", cell))


def differing(configs: Sequence[TrainConfig]) -> list[str]:
    """Return the fields, cell and seed left out, that are not the same in all configs."""
    rows = [config.as_dict() for config in configs]
    names = [spec.name for spec in FIELDS if spec.name not in ("cell", "seed")]
    return [name for name in names if len({row[name] for row in rows}) > 1]


def common(configs: Sequence[TrainConfig]) -> Mapping[str, Value]:
    """Return the fields, cell and seed left out, that are the same in all configs.

    Those that none of them looks at are left out too.
    """
    different = {"cell", "seed", *differing(configs)}
    return {
        spec.name: getattr(configs[0], spec.name)
        for spec in FIELDS
        if spec.name not in different
        if any(spec.is_looked_at(partial(getattr, config)) for config in configs)
    }


def written(value: Value) -> str:
    """Write the value of a field: `10,000`, `0.001`, `float32`, `'The owl'`."""
    if isinstance(value, float):
        return wording.rate(value)
    if isinstance(value, int):
        return wording.count(value)
    return value if value.isidentifier() else repr(value)


def _labels(config: TrainConfig, fields: Iterable[str]) -> list[str]:
    values = config.as_dict()
    return [f"{name.replace('_', ' ')} {written(values[name])}" for name in fields]
