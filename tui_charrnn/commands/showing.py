"""Running the app in the terminal, for the commands that show something in it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from tui_charrnn.commands.parsing import Parser
from tui_charrnn.runs.exit_codes import FAILED

if TYPE_CHECKING:
    from tui_charrnn.app import CharRNNApp


def show(parser: Parser, app: CharRNNApp) -> int:
    """Run the app; return its exit code, or exit where something could not be kept."""
    try:
        app.run()
    finally:  # also where it broke down: what was learned until then is kept
        unkept = app.keep_all()
    code = app.return_code or 0
    if unkept:
        with suppress(OSError):  # a terminal that is gone is told nothing
            parser.fail(unkept, code or FAILED)
    return code
