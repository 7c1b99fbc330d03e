"""What keeps a report from being written."""

from __future__ import annotations


class ReportError(Exception):
    """A report that cannot be made or written; the text is one plain sentence."""
