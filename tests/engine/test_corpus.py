"""A text as ids: vocabulary, encoding and decoding, and what is too little to learn from."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_charrnn.engine import Corpus, CorpusError, corpus

ANY_TEXT = st.text(st.characters(exclude_categories=()))
"""Lone surrogates, controls and unassigned code points included."""


def trainable(text: str) -> bool:
    return len(set(text)) > 1


@settings(deadline=None)
@given(ANY_TEXT.filter(trainable))
def test_any_text_comes_back_from_its_ids(text: str) -> None:
    made = Corpus.from_text(text)
    assert made.chars == tuple(sorted(set(text)))
    assert made.decode(made.ids) == text
    assert made.decode(made.encode(text)) == text
    np.testing.assert_array_equal(made.encode(text), made.ids)
    assert (len(made), made.vocab_size) == (len(text), len(set(text)))


@settings(deadline=None)
@given(st.lists(ANY_TEXT).filter(lambda parts: trainable("".join(parts))))
def test_a_text_in_pieces_is_the_text_in_one(parts: list[str]) -> None:
    pieces, whole = Corpus.from_blocks(parts, "x"), Corpus.from_text("".join(parts))
    assert pieces.chars == whole.chars
    np.testing.assert_array_equal(pieces.ids, whole.ids)


def test_the_vocabulary_is_sorted_by_code_point() -> None:
    made = Corpus.from_text("béa\U0001f44d\nZ中a")
    assert made.chars == ("\n", "Z", "a", "b", "é", "中", "\U0001f44d")
    assert made.ids.tolist() == [3, 4, 2, 6, 0, 1, 5, 2]


def test_a_text_longer_than_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """New characters turn up in every block, and sort before the old ones."""
    monkeypatch.setattr(corpus, "BLOCK", 100)
    text = "".join(map(chr, range(1000, 300, -1)))
    made = Corpus.from_text(text)
    assert made.chars == tuple(sorted(text))
    assert made.decode(made.ids) == text


@pytest.mark.parametrize(
    ("vocab", "dtype"),
    [(2, "uint8"), (256, "uint8"), (257, "uint16"), (65_536, "uint16"), (65_537, "uint32")],
)
def test_ids_take_as_few_bytes_as_the_vocabulary_allows(vocab: int, dtype: str) -> None:
    text = "".join(map(chr, range(0xE000, 0xE000 + vocab)))
    made = Corpus.from_text(text[::-1] + text)
    assert made.ids.dtype.name == dtype
    assert made.vocab_size == vocab
    assert made.ids.tolist() == [*range(vocab - 1, -1, -1), *range(vocab)]
    assert made.decode(made.ids) == text[::-1] + text


@pytest.mark.parametrize("blocks", [[], [""], ["", ""]])
def test_an_empty_text_is_refused(blocks: list[str]) -> None:
    with pytest.raises(CorpusError, match=r"^Void is empty: there is nothing to learn from\.$"):
        Corpus.from_blocks(blocks, "Void")
    with pytest.raises(CorpusError, match=r"^The text is empty"):
        Corpus.from_text("")


@pytest.mark.parametrize("text", ["a", "aaaa", "\n" * 5, "\ud800"])
def test_a_single_distinct_character_is_refused(text: str) -> None:
    with pytest.raises(CorpusError) as caught:
        Corpus.from_text(text, "dull")
    assert str(caught.value) == (
        f"dull has only one distinct character ({text[0]!r}): at least two are needed."
    )


def test_a_character_that_does_not_occur_cannot_be_encoded() -> None:
    made = Corpus.from_text("abc", "letters")
    with pytest.raises(ValueError, match=r"The character 'x' does not occur in letters\."):
        made.encode("abxcy")
    assert made.encode("").tolist() == []


@settings(deadline=None)
@given(st.integers(2, 500), st.floats(0, 0.9))
def test_a_split_keeps_every_character_once_and_in_order(length: int, fraction: float) -> None:
    made = Corpus.from_blocks(["ab" * length], "x")
    training, held_out = made.split(fraction)
    np.testing.assert_array_equal(np.concatenate([training, held_out]), made.ids)
    wanted = int(len(made) * fraction)
    assert len(held_out) == (wanted if wanted > 1 else 0)
    assert len(training) > 0


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@settings(deadline=None)
@given(ANY_TEXT.filter(trainable))
def test_the_hash_is_that_of_the_text_in_utf_8(text: str) -> None:
    assert Corpus.from_text(text).sha256() == hash_of(text)


@pytest.mark.parametrize("block", [1, 2, 3, 7])
def test_the_hash_knows_nothing_of_blocks(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "aé中\U0001f44d\ud83d\udc4d\udfff\n"  # two lone surrogates side by side are no pair
    made = Corpus.from_text(text)
    monkeypatch.setattr(corpus, "BLOCK", block)
    assert made.sha256() == hash_of(text)
    assert Corpus.from_text(text).sha256() == hash_of(text)


@pytest.mark.parametrize("text", ["plain ascii\n", "Übermäßig groß\n", "owl \U0001f989 中文\n"])
def test_the_hash_is_that_of_the_file(text: str, tmp_path: Path) -> None:
    file = tmp_path / "text.txt"
    file.write_bytes(text.encode())
    made = Corpus.from_path(file)
    assert made.sha256() == hashlib.sha256(file.read_bytes()).hexdigest()
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert Corpus.from_path(file).sha256() == made.sha256()
    file.write_bytes(text.encode("utf-16"))
    assert Corpus.from_path(file, "utf-16").sha256() == made.sha256()


@pytest.mark.parametrize("vocab", [256, 257, 65_537])
def test_the_hash_of_ids_of_any_width(vocab: int) -> None:
    text = "".join(map(chr, range(0xD000, 0xD000 + vocab)))  # over the surrogates
    assert Corpus.from_text(text).sha256() == hash_of(text)


def test_another_text_of_the_same_ids_has_another_hash() -> None:
    assert Corpus.from_text("abab").sha256() != Corpus.from_text("cdcd").sha256()
    assert Corpus.from_text("abab", "x").sha256() == Corpus.from_text("abab", "y").sha256()
