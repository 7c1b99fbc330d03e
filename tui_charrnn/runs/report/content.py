"""What a report says, block by block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from tui_charrnn.runs import wording
from tui_charrnn.runs.report import charts, tables
from tui_charrnn.runs.report.amounts import (
    amount_of,
    amounts_of,
    from_which_on,
    lead_over_amounts,
    megabyte_answer,
)
from tui_charrnn.runs.report.blocks import (
    Block,
    Chart,
    Code,
    Heading,
    Item,
    Items,
    Paragraph,
    Table,
)
from tui_charrnn.runs.report.conclusion import conclude
from tui_charrnn.runs.report.grouping import Comparison, Findings, Series, Setting, common
from tui_charrnn.runs.report.loading import Run
from tui_charrnn.runs.report.reproduce import commands, surroundings
from tui_charrnn.runs.report.verdict import RULE

QUESTION = "Does the GRU need a megabyte of text to show its advantage?"

HOW_TO_READ = (
    "Losses are in bits per character, less is better; ± is the standard deviation over the seeds. "
    "The smooth loss is the running mean of the loss on the training text, as the notebook takes "
    "it: it begins at that of guessing and moves by 0.1 % an update, so it trails what the net can "
    "do. Validation is the loss on text that was held out. The entropy floor is the true entropy "
    "of a text's source, which no model can beat but by chance. Times are those of training with "
    "its samples and validations, pauses left out."
)

OVERVIEW = (
    "At equal iterations, by the last validation (or, where a run has none, the smooth loss), "
    "each cell at its best setting:"
)


class Content:
    """Writes the blocks of one report; charts are numbered as they come."""

    def __init__(self, findings: Findings, command: str, made: datetime, version: str) -> None:
        """Take what was found, the command that asked for the report, when, and by which program.

        Args:
            findings: at least one comparison.
            command: as it was typed; empty if the report was asked for on a screen.
            made: when, in any time zone.
            version: of this program.
        """
        self._findings, self._command = findings, command
        self._made, self._version = made, version
        self._charts = 0

    def blocks(self) -> list[Block]:
        """Return the report from its title to how it was made."""
        findings = self._findings
        sections: list[Iterable[Block]] = [
            [Heading(1, _title(findings)), Paragraph(_counts(findings))],
            self._conclusion(),
            self._what(),
            *(self._comparison(one) for one in findings.comparisons),
            *(self._series(one) for one in findings.series),
            _left_out(findings),
            self._again(),
        ]
        return [block for section in sections for block in section]

    def _name(self, what: str) -> str:
        self._charts += 1
        return f"chart-{self._charts:02}-{what}"

    def _conclusion(self) -> Iterator[Block]:
        yield Heading(2, "Conclusion")
        answers = list(_megabyte(self._findings))
        if answers:
            yield Items(answers)
        overviews = [one for one in tables.overviews(self._findings) if len(one.rows) > 1]
        if overviews:
            yield Paragraph(OVERVIEW)
            yield from overviews
        for one in self._findings.comparisons:
            if len(self._findings.comparisons) > 1:
                yield Heading(3, one.title)
            yield Items(conclude(one))
        yield Heading(3, "How it is judged")
        yield Paragraph(RULE)

    def _what(self) -> Iterator[Block]:
        yield Heading(2, "What was compared")
        yield tables.texts(self._findings)
        yield Paragraph(HOW_TO_READ)
        shared = common([run.record.config for run in self._findings.runs])
        if shared:
            yield Paragraph("All runs have these settings:")
            yield tables.fields(shared)

    def _comparison(self, one: Comparison) -> Iterator[Block]:
        yield Heading(2, one.title)
        everywhere = common([run.record.config for run in self._findings.runs])
        here = common([setting.config for setting in one.settings])
        own = {name: value for name, value in here.items() if name not in everywhere}
        if own:
            yield Paragraph("All runs of this comparison have these settings:")
            yield tables.fields(own)
        if one.stopped_early:
            yield Paragraph(one.stopped_early)
        yield tables.results(one)
        reached = tables.reached(one)
        if reached is not None:
            yield Paragraph("Characters read until the smooth loss got there, mean over the seeds:")
            yield reached
        pairs = tables.all_but_the_cell(one)
        if pairs:
            yield Paragraph("At equal iterations, the settings that differ in the cell alone:")
            yield from pairs
        yield charts.loss_chart(one, self._name("loss"))
        yield from _if_any(charts.memory_chart(one, self._name("gradient-memory")))
        yield from _samples(one)

    def _series(self, series: Series) -> Iterator[Block]:
        found = amounts_of(series)
        if not found:
            return
        first = series.comparisons[0]
        where = f"{first.group}: " if first.group else ""
        yield Heading(2, f"{where}{first.text.name}, by amount of text")
        measure = "Best validation" if first.is_validated else "Last smooth loss"
        yield Paragraph(f"{measure} after training on as many characters, judged alike:")
        if first.stopped_early:
            yield Paragraph(first.stopped_early)
        yield tables.amounts(found)
        yield from _if_any(charts.amount_chart(series, self._name("amount")))
        yield Paragraph(f"{from_which_on(found)} {lead_over_amounts(found)}")

    def _again(self) -> Iterator[Block]:
        yield Heading(2, "How to reproduce it")
        yield Paragraph("The runs:")
        yield Code(commands(self._findings.runs))
        places = surroundings(self._findings.runs)
        yield Paragraph("Where they were made:")
        yield Table(("machine and versions", "runs"), places)
        how = "with this command:" if self._command else "from a screen of the app."
        when = f"{self._made:%Y-%m-%d %H:%M %Z}".strip()
        yield Paragraph(f"The report was made on {when} by charrnn-tui {self._version}, {how}")
        if self._command:
            yield Code(self._command)


def _if_any(chart: Chart | None) -> Iterator[Chart]:
    if chart is not None:
        yield chart


def _title(findings: Findings) -> str:
    cells = dict.fromkeys(setting.cell for one in findings.comparisons for setting in one.settings)
    names = dict.fromkeys(one.text.name for one in findings.comparisons)
    ordered = sorted(cells, key=lambda cell: (cell != "RNN", cell))
    return f"{' against '.join(ordered)} on {_and(list(names))}"


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _counts(findings: Findings) -> str:
    runs = findings.runs
    settings = sum(len(one.settings) for one in findings.comparisons)
    hours = wording.duration(sum(run.record.elapsed for run in runs))
    parts = [
        wording.counted(len(runs), "run"),
        wording.counted(settings, "setting"),
        wording.counted(len(findings.comparisons), "comparison"),
    ]
    out = len(findings.left_out)
    left = f"; {wording.counted(out, 'run')} left out" if out else ""
    return f"{_and(parts)}, {hours} of training altogether{left}."


def _megabyte(findings: Findings) -> Iterator[Item]:
    """Answer the notebook's question for each text, from all comparisons on it."""
    for text in {one.text.sha256: one.text for one in findings.comparisons}.values():
        on_it = [one for one in findings.comparisons if one.text.sha256 == text.sha256]
        found = [amount for one in on_it if (amount := amount_of(one)) is not None]
        if found:
            found.sort(key=lambda amount: amount.characters)
            yield Item(f"{QUESTION} On {text.name}", megabyte_answer(found))
    for series in findings.series:
        amounts = amounts_of(series)
        if len(amounts) > 1:
            first = series.comparisons[0]
            label = f"From which amount of text on, {first.text.name}"
            yield Item(label, f"{from_which_on(amounts)} {lead_over_amounts(amounts)}")


def _samples(one: Comparison) -> Iterator[Block]:
    chosen = [(one.name(setting), _with_sample(setting)) for setting in one.best.values()]
    found = [(name, run) for name, run in chosen if run is not None and run.sample is not None]
    if not found:
        return
    yield Heading(3, "Samples")
    for name, run in found:
        assert run.sample is not None
        yield Paragraph(_about_sample(name, run))
        yield Code(run.sample.text)


def _with_sample(setting: Setting) -> Run | None:
    return next((run for run in setting.runs if run.sample is not None), None)


def _about_sample(name: str, run: Run) -> str:
    assert run.sample is not None
    seed, drawn_with = run.record.config.seed, ", ".join(wording.drawn_with(run.sample))
    if run.sample.final:
        prompt = run.sample.prompt
        first = f"the prompt {prompt!r}" if prompt else "a random character"
        how = f"drawn when all was learned, from a state of zeros and {first}"
    else:
        at = wording.count(run.sample.iteration)
        how = f"the last one drawn on the way, at iteration {at}: there is none of the end"
    return f"{name}, seed {seed}, {drawn_with}; {how}:"


def _left_out(findings: Findings) -> Iterator[Block]:
    if findings.left_out:
        yield Heading(2, "Runs that were left out")
        yield tables.left_out(findings.left_out)
