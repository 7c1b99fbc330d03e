"""What can go wrong with detached runs."""

from __future__ import annotations


class DetachError(ValueError):
    """A run cannot be detached or attached to; the text is one plain sentence with a full stop."""
