"""Ids in a mapped file: the same as in memory, whatever their width, and nothing left behind."""

from __future__ import annotations

import gc
import mmap
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.disks import fill, small_disk_at
from tui_charrnn.engine import Corpus, CorpusError, id_store
from tui_charrnn.engine import corpus as corpus_module
from tui_charrnn.engine.corpus import BLOCK, Loan, streams
from tui_charrnn.engine.parameters import Array

WIDENING = [
    "abcab\n",
    "".join(map(chr, range(0x100, 0x1FE))) + "a",  # 259 characters by now
    "ab" * 20,
    "".join(map(chr, range(0x10000, 0x20000))),  # more than 65,536
    "zyx" * 10,
]
"""Pieces after which ids need one byte, two and four."""


@pytest.fixture
def mapped() -> Iterator[None]:
    """Let even the smallest text be in a file, translated in pieces that fit nothing evenly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(id_store, "MAPPED_FROM", 1)
        patch.setattr(id_store, "BLOCK", 7)
        yield


def is_mapped(ids: Array) -> bool:
    base: object = ids
    while isinstance(base, np.ndarray):
        base = base.base
    return isinstance(base.obj if isinstance(base, memoryview) else base, mmap.mmap)


def in_memory_and_mapped(pieces: list[str]) -> tuple[Corpus, Corpus]:
    here = Corpus.from_blocks(pieces, "x")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(id_store, "MAPPED_FROM", 3)
        patch.setattr(id_store, "BLOCK", 7)
        there = Corpus.from_blocks(pieces, "x")
    assert not is_mapped(here.ids)
    assert is_mapped(there.ids)
    return here, there


@pytest.mark.parametrize("count", range(1, 6))
@pytest.mark.parametrize("backwards", [False, True])
def test_ids_in_a_file_are_those_in_memory(count: int, backwards: bool) -> None:
    pieces = WIDENING[:count][:: -1 if backwards else 1]
    here, there = in_memory_and_mapped(pieces)
    assert there.chars == here.chars == tuple(sorted(set("".join(pieces))))
    assert there.ids.dtype == here.ids.dtype
    np.testing.assert_array_equal(there.ids, here.ids)
    assert there.decode(there.ids) == "".join(pieces)
    assert there.sha256() == here.sha256()


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=()), min_size=3), min_size=2, max_size=5))
def test_any_text_comes_back_from_a_file(pieces: list[str]) -> None:
    if len(set("".join(pieces))) > 1:
        here, there = in_memory_and_mapped(pieces)
        np.testing.assert_array_equal(there.ids, here.ids)
        assert there.decode(there.ids) == "".join(pieces)


@pytest.mark.usefixtures("mapped")
def test_ids_in_a_file_cannot_be_written_to() -> None:
    ids = Corpus.from_text("owls").ids
    with pytest.raises(ValueError, match="read-only"):
        ids[0] = 1


@pytest.mark.usefixtures("mapped")
def test_parts_and_streams_are_views() -> None:
    corpus = Corpus.from_text("owls and foxes" * 9)
    training, held_out = corpus.split(0.3)
    for part in (training, held_out, streams(training, 4), streams(training, 1)):
        assert np.shares_memory(part, corpus.ids)


def test_few_ids_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id_store, "MAPPED_FROM", 100)
    assert not is_mapped(Corpus.from_text("ab" * 49 + "a").ids)
    assert is_mapped(Corpus.from_text("ab" * 50).ids)


@pytest.mark.usefixtures("mapped")
@pytest.mark.parametrize("spoil", [b"", b"other"], ids=["emptied", "overwritten"])
def test_a_file_may_change_once_it_is_read(tmp_path: Path, spoil: bytes) -> None:
    path = tmp_path / "text"
    path.write_text("the owl and the fox")
    corpus = Corpus.from_path(path)
    path.write_bytes(spoil)
    assert corpus.decode(corpus.ids) == "the owl and the fox"
    path.unlink()
    assert corpus.decode(corpus.ids) == "the owl and the fox"


@pytest.mark.parametrize("is_mapped_soon", [False, True])
def test_of_a_file_that_is_no_text_nothing_stays(
    tmp_path: Path, is_mapped_soon: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its characters, nor the width that they would have needed, nor its hash."""
    monkeypatch.setattr(corpus_module, "BLOCK", 1000)  # so that the fault is found late
    wide = "".join(WIDENING).encode()
    (tmp_path / "a-bad").write_bytes(wide + b"\xff")
    (tmp_path / "b-good").write_bytes(b"owls")
    (tmp_path / "c-bad").write_bytes(b"foxes" + wide + b"\0")
    (tmp_path / "d-good").write_bytes(b"low")
    if is_mapped_soon:
        monkeypatch.setattr(id_store, "MAPPED_FROM", 1)
    corpus = Corpus.from_path(tmp_path)
    assert is_mapped(corpus.ids) == is_mapped_soon
    assert corpus.skipped == ("a-bad", "c-bad")
    assert corpus.chars == tuple("losw")
    assert corpus.ids.dtype == np.uint8
    assert corpus.decode(corpus.ids) == "owlslow"
    assert corpus.sha256() == Corpus.from_text("owlslow").sha256()


@pytest.mark.usefixtures("mapped")
def test_a_folder_in_which_nothing_is_text(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"text" * 99 + b"\xff")
    with pytest.raises(CorpusError, match="holds no text file"):
        Corpus.from_path(tmp_path)


# where the file is


def opened_files() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.usefixtures("mapped")
def test_the_file_has_no_name_and_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = opened_files()
    corpus = Corpus.from_text("owls and foxes")
    assert os.listdir(tmp_path) == []
    with open("/proc/self/maps", encoding="utf-8") as maps:
        assert f"{tmp_path}/" in maps.read()
    assert opened_files() > before
    ids = corpus.ids
    del corpus
    assert ids.tolist() == Corpus.from_text("owls and foxes").ids.tolist()  # ids outlive their text
    del ids
    assert opened_files() == before


@pytest.mark.usefixtures("mapped")
def test_a_folder_that_is_not_there_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "missing"))
    assert is_mapped(Corpus.from_text("owls").ids)
    monkeypatch.setattr(id_store, "LARGE_FILES", str(tmp_path / "missing"))
    monkeypatch.setattr(id_store.tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(CorpusError) as caught:
        Corpus.from_text("owls", "novel.txt")
    assert str(caught.value) == (
        f"Cannot keep novel.txt in {tmp_path}/missing: No such file or directory after 4 "
        f"characters; TMPDIR can name a folder with more room."
    )


@pytest.mark.parametrize("place", ["at once", "while it is read", "when ids get wider"])
def test_a_full_disk_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(id_store, "MAPPED_FROM", 1000)
    before = opened_files()
    with small_disk_at(tmp_path / "disk") as disk:
        monkeypatch.setenv("TMPDIR", str(disk))
        if place == "at once":
            fill(disk)
        pieces = ["owls" * 10_000] * (20 if place == "while it is read" else 4)  # of 256 kB
        if place == "when ids get wider":
            pieces.append(WIDENING[1])
        with pytest.raises(CorpusError) as caught:
            Corpus.from_blocks(pieces, "novel.txt")
        known = {
            "at once": "40,000",
            "while it is read": "240,000",
            "when ids get wider": "160,255",
        }
        assert str(caught.value) == (
            f"Cannot keep novel.txt in {disk}: No space left on device after {known[place]} "
            f"characters; TMPDIR can name a folder with more room."
        )
        del caught
        assert opened_files() == before


def test_a_full_disk_does_not_make_a_file_of_a_folder_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(id_store, "MAPPED_FROM", 1000)
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_bytes(b"owls" * 100_000)
    with small_disk_at(tmp_path / "disk") as disk:
        monkeypatch.setenv("TMPDIR", str(disk))
        with pytest.raises(CorpusError, match=r"^Cannot keep texts in .*: No space left on device"):
            Corpus.from_path(tmp_path / "texts")


# watching


class EnoughError(Exception):
    pass


@pytest.mark.usefixtures("mapped")
@pytest.mark.parametrize("count", [1, 3])
def test_who_watches_sees_every_byte(tmp_path: Path, count: int) -> None:
    text = "Señor Owl\r\n" * 200_000
    for number in range(count):
        (tmp_path / f"{number}.txt").write_bytes(text.encode())
    path = tmp_path if count > 1 else tmp_path / "0.txt"
    seen: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(id_store, "BLOCK", BLOCK)
        Corpus.from_path(path, watch=seen.append)
    assert sum(seen) == count * len(text.encode())
    assert max(seen) <= BLOCK
    assert seen[-1] == 0  # the ids are put in order


@pytest.mark.parametrize("calls", [1, 3, 5])
def test_who_watches_ends_it(tmp_path: Path, calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id_store, "MAPPED_FROM", 1000)
    (tmp_path / "text").write_bytes(b"owl\n" * 150_000)  # three blocks, an end, and the translation
    before, left = opened_files(), iter(range(calls - 1))

    def watch(read: int) -> None:
        if next(left, None) is None:
            raise EnoughError

    with pytest.raises(EnoughError):
        Corpus.from_path(tmp_path / "text", watch=watch)
    assert opened_files() == before


# lending


READ = """\
import pickle, sys
corpus = pickle.load(sys.stdin.buffer).open()
print(corpus.decode(corpus.ids), corpus.name, corpus.sha256(), corpus.entropy)
"""


def read_elsewhere(loan: Loan) -> str:
    command = [sys.executable, "-c", READ]
    sent = pickle.dumps(loan)
    return subprocess.run(command, input=sent, capture_output=True, check=True).stdout.decode()


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.usefixtures("mapped")
def test_another_process_maps_the_same_file() -> None:
    corpus = Corpus.from_text("the owl" * 5_000, "owls")
    corpus.entropy = 1.5
    loan = corpus.loan()
    assert len(pickle.dumps(loan)) < 1000
    assert read_elsewhere(loan) == f"{'the owl' * 5_000} owls {corpus.sha256()} 1.5\n"
    ids = loan.open().ids
    assert is_mapped(ids)
    del corpus
    gc.collect()
    with pytest.raises(CorpusError, match=r"^Cannot map owls: .*\.$"):
        loan.open()


def test_what_goes_to_another_machine_goes_as_it_is() -> None:
    here, there = in_memory_and_mapped(["the owl" * 5])
    for loan in (here.loan(), here.loan(here=False), there.loan(here=False)):
        assert not is_mapped(pickle.loads(pickle.dumps(loan)).open().ids)
        assert read_elsewhere(loan) == f"{'the owl' * 5} x {here.sha256()} None\n"
    copy = pickle.loads(pickle.dumps(there))
    assert copy.decode(copy.ids) == "the owl" * 5
    assert not is_mapped(copy.loan().open().ids)
