"""What is wrong with a text."""


class CorpusError(ValueError):
    """A text that cannot be trained on; the message is one plain sentence."""
