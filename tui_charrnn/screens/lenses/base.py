"""What all lenses share: nets and text, a thread that computes, the lines above and below, keys."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import Any, ClassVar, Final

from rich.text import Text
from textual import on
from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Static

from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.memory import NO_MEMORY
from tui_charrnn.runs import wording
from tui_charrnn.runs.jsonl import OutputError
from tui_charrnn.runs.lenses import export
from tui_charrnn.runs.store import RunRecord
from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.background import Background, WorkDone
from tui_charrnn.screens.base import FullScreen
from tui_charrnn.screens.export import ExportChoice, ExportScreen, file_name
from tui_charrnn.screens.help import HelpScreen
from tui_charrnn.screens.lenses import LENSES, load
from tui_charrnn.screens.lenses.compare import Compared, CompareScreen, comparable
from tui_charrnn.screens.lenses.keys import FIRST, LAST
from tui_charrnn.screens.lenses.looking import FRAME, Looking
from tui_charrnn.screens.lenses.passages import LensText
from tui_charrnn.screens.lenses.text import TextScreen
from tui_charrnn.widgets.key_line import KeyLine

PATIENCE: Final = 0.5
"""Seconds after which it is said that something is still being computed."""

PICTURE: Final = 100
"""Columns of a picture that is exported."""

DESCRIBED: Final = {"svg": "svg: the picture", "json": "json: the figures"}
"""What each of `export.FORMATS` holds."""

NO_NET: Final = "The run has left no net."
"""What is said where a run ended before there was anything to look into."""

HELP: Final = """
# Nets and text

The first line names the nets and the updates they have made. One that trains is copied again and
again while it goes on; `space` holds the picture, and lets it go on, also to the net that the run
left when it was over meanwhile. The line below says which text they read, always
from a state of zeros: a passage of the corpus, which begins with the part that is held out from
training, a text that is typed, or one that the (first) net generates. `v` puts another run of the
store below, and a lens that is opened from a race shows all its nets.
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was computed.

    Attributes:
        number: of the call of `recompute` that asked for it.
        subjects: the nets.
        text: that they have read.
        result: what `compute` returned.
        took: seconds.
    """

    number: int
    subjects: tuple[Subject, ...]
    text: LensText
    result: Any
    took: float


class LensScreen(FullScreen):
    """One lens. A subclass says what it computes and shows, and binds keys of its own.

    Attributes:
        looking: nets and text, which it shares with the lenses that come after it.
        seen: what is shown, None before there is anything.
    """

    NAME: ClassVar[str] = ""
    HELP: ClassVar[str | None] = None
    CSS_PATH: ClassVar[CSSPathType | None] = "base.tcss"

    def __init_subclass__(cls, **options: Any) -> None:
        """Put the keys of a lens between those that all have."""
        cls.BINDINGS = [*FIRST, *cls.__dict__.get("BINDINGS", ()), *LAST]
        super().__init_subclass__(**options)

    def __init__(self, looking: Looking) -> None:
        """Look at what was looked at before."""
        super().__init__()
        self.looking = looking
        self.seen: Seen | None = None
        self._background = Background(self.post_message)
        self._slow = Background(self.post_message)
        self._number = 0
        self._since: float | None = None  # when the work began that is not done yet
        self._problem = ""
        self._keys_state: tuple[object, ...] = ()
        self._lines = dict[str, Text]()

    @property
    def is_busy(self) -> bool:
        """Whether something is being computed, read or written."""
        return self._background.pending + self._slow.pending > 0

    @property
    def problem(self) -> str:
        """The sentence that is shown in place of the lens, empty without one."""
        return self._problem

    # what a lens adds

    def body(self) -> ComposeResult:
        """Yield the widgets of the lens."""
        raise NotImplementedError

    def compute(self, subjects: Sequence[Subject], text: str) -> Any:
        """Return what is to be shown; called in a thread, so no widget may be touched.

        Args:
            subjects: the nets, at least one.
            text: what they read; may hold anything.

        Raises:
            ValueError: with one sentence, which is shown in place of the picture.
            MemoryError: if there is no room for it.
        """
        raise NotImplementedError

    def show(self, result: Any) -> None:
        """Show what `compute` returned."""
        raise NotImplementedError

    def notes(self) -> Sequence[str]:
        """Return what the first line says of each net that is shown, in a word or two."""
        return ()

    def export_json(self) -> Any:
        """Return what is shown as plain values: a list with what was computed for each net.

        Called once something is shown, as `export_lines` is.
        """
        raise NotImplementedError

    def export_lines(self, width: int) -> list[Text]:
        """Return what is shown as lines of at most `width` cells."""
        raise NotImplementedError

    # what all of them do

    def compose(self) -> ComposeResult:
        """Lay out nets, text, the lens, and the keys."""
        yield Static(id="nets")
        yield Static(id="text")
        with Container(id="lens"):
            yield from self.body()
        yield Static(id="lens-problem", markup=False)
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Look, and look again from time to time."""
        self.set_interval(FRAME, self._look)
        self._look()
        if self.looking.has_nets and self._number == 0:
            self.recompute()  # with the nets that another lens has left

    def on_unmount(self) -> None:
        """Let the threads end."""
        self._background.close()
        self._slow.close()

    def unfinished(self) -> str:
        """Say what is still being written."""
        return self._slow.unfinished()

    def _look(self) -> None:
        if self.looking.refresh():
            self.recompute()
        elif self.looking.is_empty and self._since is None and self._problem != NO_NET:
            self._say(NO_NET)
        self._show_lines()

    def recompute(self) -> None:
        """Compute anew: something has changed that it depends on. Older results are not shown."""
        self._number += 1
        if self._since is None and self.looking.has_nets:
            self._begin()

    def _begin(self) -> None:
        self._since = time.monotonic()
        number = self._number
        self._background.do(partial(self._work, number), self._done, partial(self._fail, number))

    def _work(self, number: int) -> Seen:
        """Called in the thread."""
        with self.looking.lock:
            begun = time.perf_counter()
            try:
                subjects, text = self.looking.prepare()
                result = self.compute(subjects, text.text)
            except MemoryError:
                raise ValueError(NO_MEMORY) from None
            return Seen(number, subjects, text, result, time.perf_counter() - begun)

    def _done(self, seen: Seen) -> None:
        self.looking.seen(seen.took)
        self._since = None
        if seen.number == self._number:
            self._say("")
            self.seen = seen
            self.show(seen.result)
        else:
            self._begin()
        self._show_lines()

    def _fail(self, number: int, problem: str) -> None:
        begun, self._since = self._since or 0.0, None
        self.looking.seen(time.monotonic() - begun)
        if number == self._number:
            self._say(problem)
        else:
            self._begin()
        self._show_lines()

    def _say(self, problem: str) -> None:
        """Show a sentence in place of the lens, or the lens."""
        self._problem = problem
        line = self.query_one("#lens-problem", Static)
        line.update(safe_line(problem))
        line.display = bool(problem)
        self.query_one("#lens").display = not problem

    @on(WorkDone)
    def _show_result(self, message: WorkDone) -> None:
        message.show()

    # the lines above

    def _show_lines(self) -> None:
        before, self._lines = self._lines, {"nets": self._nets_line(), "text": self._text_line()}
        for name, line in self._lines.items():
            if line != before.get(name):
                self.query_one(f"#{name}", Static).update(line)
        looking = self.looking
        shown = self.seen is not None and not self._problem
        held, empty = not looking.follows, looking.is_empty
        state = looking.live, held, empty, looking.has_corpus, bool(looking.subjects), shown
        if state != self._keys_state:
            self._keys_state = state
            self.refresh_bindings()

    def _nets_line(self) -> Text:
        """Return which nets are seen, what the lens says of each, and whether they are followed."""
        is_shown = self.seen is not None and not self._problem
        subjects = self.seen.subjects if self.seen and is_shown else self.looking.subjects
        notes = self.notes() if is_shown else ()
        line = Text.assemble((LENSES[self.NAME].title, "bold"))
        for subject, note in zip_longest(subjects, notes, fillvalue=""):
            if isinstance(subject, Subject):
                line.append("  ").append(safe_line(subject.name), "bold")
                line.append(f" after {wording.count(subject.iteration)}")
                line.append(f": {safe_line(note)}" if note else "")
        if not self.looking.follows:
            line.append("  held", "bold")
        elif self.looking.live:
            line.append("  live", "bold")
        return line

    def _text_line(self) -> Text:
        text = self.seen.text if self.seen and not self._problem else self.looking.text
        words = safe_line(text.described) if text else ""
        if self._since is not None and time.monotonic() - self._since >= PATIENCE:
            words = f"computing … {words}"
        return Text(words or ("" if self.looking.is_empty else "waiting for the net …"))

    # keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer a key only while it does something."""
        looking = self.looking
        applies = {
            "hold": looking.live and looking.follows,
            "follow": not looking.follows,
            "passage": looking.has_corpus and not looking.is_empty,
            "generate": not looking.is_empty,
            "compare": looking.store is not None,
            "type": bool(looking.subjects),
            "export": self.seen is not None and not self._problem,
        }
        return applies.get(action, True)

    def action_hold(self) -> None:
        """Stay with the nets as they are."""
        self.looking.follows = False
        self._show_lines()

    def action_follow(self) -> None:
        """Follow them again, from now on."""
        self.looking.follows = True
        self._look()

    def action_type(self) -> None:
        """Ask for a text."""
        subjects, text = self.looking.subjects, self.looking.text
        before = text.text if text is not None and text.origin == "typed" else ""
        self.app.push_screen(TextScreen(before, [each.vocabulary for each in subjects]), self._type)

    def _type(self, text: str | None) -> None:
        if text is not None:
            self.looking.type(text)
            self.recompute()

    def action_passage(self) -> None:
        """Take the next passage of the corpus."""
        self.looking.take_passage()
        self.recompute()

    def action_generate(self) -> None:
        """Let the net generate another text."""
        self.looking.generate()
        self.recompute()

    def action_compare(self) -> None:
        """Ask which run of the store is to stand below."""
        store = self.looking.store
        if store is not None:
            self._slow.do(partial(comparable, store), self._ask_which, self._complain)

    def _ask_which(self, runs: Sequence[RunRecord]) -> None:
        current = self.looking.compared
        self.app.push_screen(CompareScreen(runs, current), self._compare)

    def _compare(self, choice: Compared | None) -> None:
        if choice is not None:
            self.looking.compare(choice.run)
            self.recompute()

    def action_export(self) -> None:
        """Ask for a file, and write what is shown to it."""
        if self.seen is not None:
            names = "-".join(file_name(subject.name) for subject in self.seen.subjects)
            title = f"Export what {LENSES[self.NAME].title} shows"
            screen = ExportScreen(title, f"{self.NAME}-{names}", DESCRIBED)
            self.app.push_screen(screen, self._export)

    def _export(self, choice: ExportChoice | None) -> None:
        if choice is not None and self.seen is not None:
            content = self._content(self.seen, choice.format)
            work = partial(_written, content, choice.path)
            self._slow.do(work, self._tell, self._complain)

    def _content(self, seen: Seen, form: str) -> str:
        """Return what is written."""
        if form == "json":
            found = export.document(self.NAME, seen.text.text, seen.subjects, self.export_json())
            return export.json_of(found)
        title = export.title_of(self.NAME, seen.subjects)
        return export.svg_of(self.export_lines(PICTURE), PICTURE, title)

    def _tell(self, path: str) -> None:
        self.notify(f"Wrote {path}.", timeout=10)

    def _complain(self, problem: str) -> None:
        self.notify(problem, severity="error", timeout=10)

    def action_lens(self, name: str) -> None:
        """Look through another lens."""
        if name != self.NAME:
            self.app.switch_screen(load(name)(self.looking))

    def help(self) -> HelpScreen:
        """Return a dialog that shows all keys, what is seen, and what nets and text are."""
        return HelpScreen(self._all_keys(), [self.HELP or "", HELP])

    def action_leave(self) -> None:
        """Go back to where the first lens was opened."""
        self.looking.close()
        self.dismiss()


def _written(content: str, path: str) -> str:
    """Write a file; return its path."""
    try:
        export.write(content, path)
    except OutputError as error:
        raise OSError(f"{error}.") from None
    return path
