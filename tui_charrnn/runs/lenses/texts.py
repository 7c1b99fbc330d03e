"""The text that a run has learned from, loaded again to take passages from it."""

from __future__ import annotations

from tui_charrnn.engine import Corpus, CorpusError
from tui_charrnn.runs.catalogue import load_corpus
from tui_charrnn.runs.store import RunRecord


def text_of(run: RunRecord) -> Corpus:
    """Load the text that a run has read.

    Raises:
        CorpusError: if it cannot be read, or is another one now.
    """
    text = run.origin.text
    corpus = load_corpus(text.source, text.encoding)
    check_is(corpus, text.sha256)
    return corpus


def check_is(corpus: Corpus, sha256: str) -> None:
    """Refuse another text than the one with this hash.

    Raises:
        CorpusError: saying so.
    """
    if corpus.sha256() != sha256:
        raise CorpusError(f"{corpus.name} is not the text that the run has read, or has changed.")
