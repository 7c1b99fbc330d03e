"""Texts by name: the shipped ones, the standard library, files and folders."""

from __future__ import annotations

import tokenize
from pathlib import Path

import pytest

from tui_charrnn.engine.corpus import Corpus, CorpusError
from tui_charrnn.runs.catalogue import DEFAULT, catalogue, load_corpus

SHIPPED = ("tales", "recall", "symbols")


def test_the_default_comes_first_and_the_library_last() -> None:
    assert DEFAULT == "tales"
    assert tuple(catalogue()) == (*SHIPPED, "stdlib")
    assert all(entry.title and entry.description.endswith(".") for entry in catalogue().values())


@pytest.mark.parametrize("name", SHIPPED)
def test_the_catalogue_counts_as_the_corpus_does(name: str) -> None:
    entry, corpus = catalogue()[name], load_corpus(name)
    assert corpus.name == name
    assert len(corpus) == entry.characters
    assert corpus.vocab_size == entry.vocabulary
    assert corpus.entropy == entry.entropy is not None
    assert corpus.decode(corpus.ids) == entry.path.read_bytes().decode("utf-8")


def test_the_encoding_is_for_files_and_not_for_shipped_texts() -> None:
    assert "猫" in load_corpus("symbols", "latin-1").chars


def test_the_standard_library_is_real_text() -> None:
    corpus = load_corpus("stdlib")
    assert corpus.name == "stdlib"
    assert corpus.entropy is None
    assert len(corpus) > 5_000_000
    with tokenize.open(tokenize.__file__) as file:
        source = file.read()
    assert source[:200] in corpus.decode(corpus.ids)


def test_files_and_folders_by_path(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("grün", "latin-1")
    assert load_corpus(str(tmp_path / "note.txt"), "latin-1").chars == tuple("gnrü")
    assert len(load_corpus(str(tmp_path), "latin-1")) == 4
    assert load_corpus(str(tmp_path / "note.txt"), "latin-1").entropy is None


def test_a_name_wins_over_a_file_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tales").write_text("mine")
    monkeypatch.chdir(tmp_path)
    assert len(load_corpus("tales")) > 1_000_000
    assert len(load_corpus("./tales")) == 4


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(CorpusError) as error:
        load_corpus("tails")
    assert str(error.value) == (
        "There is no file or folder tails, nor a known text (tales, recall, symbols, stdlib)."
    )


def test_entropy_reaches_the_corpus_but_not_one_made_of_the_same_file() -> None:
    assert Corpus.from_path(catalogue()["recall"].path).entropy is None
