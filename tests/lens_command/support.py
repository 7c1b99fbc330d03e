"""What the tests of `charrnn-tui lens` share: small runs, and the command on them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tui_charrnn.cli import main
from tui_charrnn.engine import SampleRequest
from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.runs.store import RunStore
from tui_charrnn.widgets.lenses.kinds import KINDS

COMMAND = [sys.executable, "-m", "tui_charrnn"]
TEXT = 'The owl saw <b>"a fox"</b> & the ☃,\t\x1b[31mre\u0301d\x1b[0m\x9b\u202e, 0 ]]> not.\n' * 40
TINY = [
    "--seq-length=12", "--iterations=40", "--sample-every=0", "--eval-every=15", "--hidden-size=5",
    "--watch-every=10", "--sample-length=30", "--temperature=0.9", "--prime=The ",
]  # fmt: skip
RUNS = {
    "one rnn": ["--cell=rnn"],
    "tall gru": ["--cell=gru", "--layers=2"],
    "lstm": ["--cell=lstm"],
}
READ = "The owl saw the fox, and went home.\nThe "


def checkpoint_of(store: Path, name: str) -> Any:
    with RunStore.open(store, read_only=True) as opened:
        return opened.checkpoint(opened.find(name).id)


def said(capsys, *arguments: object) -> tuple[int, str, str]:
    """Run the command; return exit code, standard output and standard error."""
    try:
        code = main(["lens", *map(str, arguments), "--store=runs"])
    except SystemExit as ended:
        code = ended.code
    return code, *capsys.readouterr()


def shown(capsys, *arguments: object) -> str:
    code, out, err = said(capsys, *arguments)
    assert (code, err) == (0, "")
    return out


def refused(capsys, *arguments: object) -> str:
    code, out, err = said(capsys, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    return err[:-1]


def told(capsys, *arguments: object) -> dict[str, Any]:
    return json.loads(shown(capsys, *arguments, "--format=json"))


def computed(store: Path, lens: str, name: str, text: str, **options: Any) -> Any:
    """Compute what a lens shows, without the command."""
    subject, kind = Subject.of(name, checkpoint_of(store, name)), KINDS[lens]
    with RunStore.open(store, read_only=True) as opened:
        moments = opened.events_of(opened.find(name).id, *kind.events)
    request = SampleRequest("The ", 30, 0.9)
    given = LensOptions(**{"request": request, "moments": tuple(moments), **options})
    return kind.compute(subject, text, given)


def by_command(*flags: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    command = [*COMMAND, "lens", *flags]
    return subprocess.run(command, capture_output=True, timeout=60, check=False, **options)
