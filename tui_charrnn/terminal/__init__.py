"""The terminal of the app: it may be slow, stop reading or go away, and nobody waits for it."""

from tui_charrnn.terminal.driver import TerminalDriver

__all__ = ["TerminalDriver"]
