"""The hyperparameter form, made field by field from the specs of the engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.compose import compose
from textual.containers import Horizontal, Vertical
from textual.geometry import Region
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Label, Select, Static

from tui_charrnn.engine import ConfigError, TrainConfig
from tui_charrnn.engine.config import FIELDS, PRESETS, SPECS, FieldSpec, Value
from tui_charrnn.safe_text import safe_line
from tui_charrnn.widgets.field import Choice, Field
from tui_charrnn.widgets.typed_text import from_line, to_line

if TYPE_CHECKING:
    from tui_charrnn.engine import Corpus

PRESET_ID = "preset"
CUSTOM = "custom"

TITLE: Final = "Hyperparameters"
KEYS: Final = "tab next field · pgdn next group"

GROUPS: Final = tuple(dict.fromkeys(spec.group for spec in FIELDS))
"""In the order of their first fields."""


class Fields(Vertical):
    """The rows, which scroll; the hint below them takes of their height as much as it needs."""

    class Resized(Message):
        """There is more room or less."""

    def on_resize(self) -> None:
        """Tell that what was seen may be out of sight."""
        self.post_message(self.Resized())


class HyperparameterForm(Vertical, can_focus=True):
    """One row a hyperparameter, checked as it is typed against its spec and the corpus."""

    HELP = """
    # Hyperparameters

    What the next run trains. `tab` and `shift+tab` move between the fields, `pgdn` and `pgup`
    between the groups of them, `escape` leaves the form. The last lines show what the field means
    and how large the model would be. A value out of its range is marked at its field, and no run
    starts with it. What belongs to another optimizer or schedule is left out. In a text, `\\n` is
    the end of a line.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pagedown", "group(1)", "Next group", id="form.group.next", show=False),
        Binding("pageup", "group(-1)", "Last group", id="form.group.last", show=False),
    ]

    class Checked(Message):
        """What the next run would train has changed, or the fields are wrong now."""

    def __init__(self, config: TrainConfig, id: str | None = None) -> None:
        """Show a configuration."""
        super().__init__(id=id)
        self.border_title = TITLE
        self._shown = config
        self._corpus: Corpus | None = None
        self._config: TrainConfig | None = config

    @property
    def config(self) -> TrainConfig | None:
        """The configuration that the fields describe, None while one of them is wrong."""
        return self._config

    def value(self, name: str) -> str:
        """Return what stands in a field."""
        return str(self._editor(name).value)

    def compose(self) -> ComposeResult:
        """Lay out room for the fields, what the field in focus means, and the model's size."""
        yield Fields(id="fields")
        yield Static(id="hint", markup=False)
        yield Static(id="summary", markup=False)

    async def fill(self) -> None:
        """Make the fields; until then, the form knows only the configuration it was given.

        They are two hundred widgets, and the screen has shown its first frame before they are made.
        """
        await self.query_one(Fields).mount_all(compose(self, self._fields()))
        self._check()

    def _fields(self) -> ComposeResult:
        with Horizontal(id=f"row-{PRESET_ID}", classes="row"):
            yield Label("preset", classes="name")
            names = [(name, name) for name in (CUSTOM, *PRESETS)]
            yield Choice(names, CUSTOM, id=PRESET_ID)
        for group, specs in groupby(sorted(FIELDS, key=_group_rank), key=lambda spec: spec.group):
            yield Static(group, id=f"group-{group}", classes="group")
            for spec in specs:
                yield from self._row(spec)

    def _row(self, spec: FieldSpec) -> Iterator[Widget]:
        with Horizontal(id=f"row-{spec.name}", classes="row"):
            yield Label(spec.label, classes="name")
            yield _editor(spec, getattr(self._shown, spec.name))
            if spec.unit:
                yield Label(spec.unit, classes="unit")
        yield Static(id=f"error-{spec.name}", classes="error", markup=False)

    def watch_has_focus(self, has_focus: bool) -> None:
        """Leave the styles of all fields as they are: none depends on the cursor in the form."""

    def on_mount(self) -> None:
        """Tell where the cursor is in the frame that shows it there."""
        self.watch(self.screen, "focused", self._follow_cursor, init=False)

    def _follow_cursor(self, focused: Widget | None) -> None:
        """Say what the field means that the cursor is in, and of which group it is."""
        if focused is not None and self in focused.ancestors:
            spec = SPECS.get(focused.id or "")
            _tell(self.query_one("#hint", Static), _hint(spec) if spec else "")
        self._entitle(focused is not None and self in focused.ancestors_with_self)

    @on(Fields.Resized)
    def _room_changed(self) -> None:
        if self.screen.focused is not None:
            self._keep_in_sight(self.screen.focused)

    def _entitle(self, within: bool) -> None:
        """Say beside the title in which group the cursor is: its heading may be out of sight."""
        spec = self._focused()
        title = f"{TITLE} · {spec.group}" if spec else TITLE
        # a colour of the style sheet would be one that all fields are drawn anew for
        title = f"[$accent]{title}[/$accent]" if within else title
        if title != self.border_title:  # to set it draws the frame
            self.border_title = title

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Draw the frame anew where only the looks have changed: what is in it draws itself."""
        if not (regions or layout or recompose):
            regions = self._frame()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def _frame(self) -> tuple[Region, ...]:
        """Return what is around the fields, counted from the first cell in it."""
        (width, height), gutter = self.outer_size, self.gutter
        top, right, bottom, left = gutter
        around = (
            Region(0, 0, width, top),
            Region(0, height - bottom, width, bottom),
            Region(0, top, left, height - gutter.height),
            Region(width - right, top, right, height - gutter.height),
        )
        return tuple(region.translate((-left, -top)) for region in around if region)

    def _focused(self) -> FieldSpec | None:
        focused = self.screen.focused
        return SPECS.get(focused.id or "") if focused is not None else None

    def _keep_in_sight(self, editor: Widget) -> None:
        """See to it that the field with the cursor is seen, and with it what is wrong with it."""
        name = editor.id or ""
        if name not in SPECS or not editor.has_focus:  # it has gone on meanwhile
            return
        if self._error(name).display:
            self._bring(self._error(name))
        self._bring(editor)

    def _bring(self, widget: Widget, top: bool = False) -> None:
        self.query_one("#fields").scroll_to_widget(widget, animate=False, top=top, immediate=True)

    def action_group(self, step: int) -> None:
        """Go to the first field of the group after the one with the cursor, or before it."""
        spec = self._focused()
        rank = GROUPS.index(spec.group) + step if spec else 0
        group = GROUPS[min(max(rank, 0), len(GROUPS) - 1)]
        first = next(spec for spec in FIELDS if spec.group == group)
        above = self.query_one(f"#row-{PRESET_ID}" if group == GROUPS[0] else f"#group-{group}")
        # not `focus`, which comes later: a key pressed meanwhile would count from where it was
        self.screen.set_focus(self._editor(first.name), scroll_visible=False)
        self._bring(above, top=True)

    def set_corpus(self, corpus: Corpus) -> None:
        """Check against another text: the model's size and the room for windows depend on it."""
        self._corpus = corpus
        self._check()

    def show(self, **values: Value) -> None:
        """Put values into fields, by name; `_check` follows from their change."""
        for name, value in values.items():
            self._editor(name).value = _text(value)
        self._check()

    def focus_first(self) -> None:
        """Put the cursor into the first wrong field, or else into the hidden size."""
        wrong = next((name for name in SPECS if self._error(name).display), "hidden_size")
        self.query_one(f"#{wrong}").focus()

    @on(Select.Changed, f"#{PRESET_ID}")
    def _apply_preset(self, event: Select.Changed) -> None:
        event.stop()
        if event.value in PRESETS:
            self.apply_preset(str(event.value))

    def apply_preset(self, name: str) -> None:
        """Set every field to what the preset says; one that names no cell leaves it as it is."""
        self.show(**_preset(name, self.value("cell")).as_dict())

    @on(Input.Changed)
    @on(Select.Changed)
    def _field_changed(self, event: Input.Changed | Select.Changed) -> None:
        event.stop()
        if event.control.id != PRESET_ID:
            self._check()

    def _check(self) -> None:
        """Read all fields, mark the wrong ones, and tell what came of it."""
        values: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for spec in FIELDS:
            try:
                values[spec.name] = spec.parse(self._typed(spec))
            except ConfigError as error:
                errors[error.field] = str(error)
        config = None
        if not errors:
            try:
                config = TrainConfig(**values)
            except ConfigError as error:  # two that do not go together
                errors[error.field] = str(error)
        summary = ""
        if config is not None and self._corpus is not None:
            errors = _misfits(config, self._corpus)
            summary = _summary(config, self._corpus)
        config = None if errors else config
        self._show_rows(errors)
        if config != self._config:
            self._config = config
            self.post_message(self.Checked())
        self._mark(errors)
        _tell(self.query_one("#summary", Static), summary)
        self._name_preset()

    def _typed(self, spec: FieldSpec) -> str:
        text = self.value(spec.name)
        return from_line(text) if spec.is_text else text

    def _show_rows(self, errors: Mapping[str, str]) -> None:
        """Leave out the fields that nothing looks at, unless there is something to correct."""
        for spec in FIELDS:
            shown = spec.is_looked_at(self.value) or spec.name in errors
            self.query_one(f"#row-{spec.name}").display = shown

    def _mark(self, errors: dict[str, str]) -> None:
        for name in SPECS:
            line = self._error(name)
            line.display = name in errors
            _tell(line, safe_line(errors.get(name, "")))
            self.query_one(f"#{name}").set_class(name in errors, "-invalid")
        self.border_subtitle = f"{len(errors)} to correct" if errors else KEYS
        spec = self._focused()
        if spec is not None and spec.name in errors:
            self.call_after_refresh(self._keep_in_sight, self._editor(spec.name))

    def _editor(self, name: str) -> Input | Select[str]:
        return cast(Input | Select[str], self.query_one(f"#{name}"))

    def _error(self, name: str) -> Static:
        return self.query_one(f"#error-{name}", Static)

    def _name_preset(self) -> None:
        """Show the name of the preset that the fields agree with."""
        select = self.query_one(f"#{PRESET_ID}", Select)
        with select.prevent(Select.Changed):
            select.value = _preset_of(self._config)


def _tell(line: Static, text: str) -> None:
    """Show a text; the screen is laid out anew only if that takes another number of rows."""
    if text != line.content:
        line.update(text, layout=False)
        width, height = line.size
        if not width or line.visual.get_height(line.styles.get_rules(), width) != height:
            line.refresh(layout=True)


def _group_rank(spec: FieldSpec) -> int:
    """Sort by group, the groups in the order of their first field, without mixing the fields."""
    return GROUPS.index(spec.group)


def _editor(spec: FieldSpec, value: Value) -> Widget:
    if spec.choices:
        options = [(choice, choice) for choice in spec.choices]
        return Choice(options, str(value), id=spec.name, tooltip=spec.help)
    kind = "text" if spec.is_text else None
    return Field(_text(value), id=spec.name, classes=kind, tooltip=_hint(spec))


def _hint(spec: FieldSpec) -> str:
    return f"{spec.label}: {spec.explanation}"


def _text(value: Value) -> str:
    return f"{value:.12g}" if isinstance(value, float) else to_line(str(value))


def _misfits(config: TrainConfig, corpus: Corpus) -> dict[str, str]:
    """Return why a valid configuration cannot be trained on this text or this machine."""
    from tui_charrnn.engine.memory import check_memory  # noqa: PLC0415 - not for the first frame
    from tui_charrnn.engine.parts import check_length, check_prime  # noqa: PLC0415

    try:
        check_memory(config, corpus.vocab_size)
        check_length(config, corpus)
        check_prime(config, corpus)
    except ConfigError as error:
        return {error.field: str(error)}
    return {}


def _summary(config: TrainConfig, corpus: Corpus) -> str:
    """Return how large the model would be, and what it would read."""
    from tui_charrnn.engine.memory import (  # noqa: PLC0415 - see _misfits
        in_words,
        parameter_count,
        training_memory,
    )

    parameters = parameter_count(config, corpus.vocab_size)
    memory = in_words(training_memory(config, corpus.vocab_size))
    return (
        f"{parameters:,} parameters, {memory} to train\n"
        f"on {safe_line(corpus.name)}: {len(corpus):,} characters"
    )


def _preset(name: str, cell: str) -> TrainConfig:
    """Return what a preset says, with this cell if it names none."""
    return TrainConfig(**{"cell": cell, **PRESETS[name]})  # type: ignore[arg-type]


def _preset_of(config: TrainConfig | None) -> str:
    if config is not None:
        for name in PRESETS:
            if _preset(name, config.cell) == config:
                return name
    return CUSTOM
