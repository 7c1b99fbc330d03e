"""Texts from files and folders: encodings, line ends, what cannot be read, and a large one."""

from __future__ import annotations

import codecs
import time
import tracemalloc
from pathlib import Path

import pytest

from tests.rights import folder_of_ours, without_privileges
from tui_charrnn.engine import Corpus, CorpusError
from tui_charrnn.engine.corpus import BLOCK
from tui_charrnn.engine.id_store import MAPPED_FROM

TEXT = "Señor Ω said:\n“中文 and 👍🏽”.\n"


def read(path: str | Path, encoding: str = "utf-8") -> str:
    corpus = Corpus.from_path(path, encoding)
    return corpus.decode(corpus.ids)


def problem(path: str | Path, encoding: str = "utf-8") -> str:
    """Return the sentence with which a path is refused."""
    with pytest.raises(CorpusError) as caught:
        Corpus.from_path(path, encoding)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 400 + 2 * len(str(path))
    return sentence


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "text.txt"


@pytest.mark.parametrize(
    ("written", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-32", "utf-32"),
        ("gb18030", "gb18030"),
        ("utf-7", "utf-7"),
    ],
)
def test_encodings_and_byte_order_marks(path: Path, written: str, encoding: str) -> None:
    path.write_bytes(TEXT.encode(written))
    assert read(path, encoding) == TEXT
    assert read(str(path), encoding) == TEXT
    assert Corpus.from_path(path, encoding).name == "text.txt"


def test_only_the_mark_at_the_start_is_dropped(path: Path) -> None:
    path.write_bytes(codecs.BOM_UTF8 + "a\ufeffb".encode())
    assert read(path) == "a\ufeffb"


def test_line_ends_become_newlines_wherever_a_block_ends(path: Path) -> None:
    path.write_bytes(b"a\r\nb\rc\n\r\n" + b"x" * (BLOCK - 11) + b"\r\n\r" + b"y\r")
    assert read(path) == "a\nb\nc\n\n" + "x" * (BLOCK - 11) + "\n\ny\n"


@pytest.mark.parametrize("shift", range(5))
def test_characters_of_several_bytes_across_blocks(path: Path, shift: int) -> None:
    text = "-" * (BLOCK - shift) + TEXT
    path.write_bytes(text.encode())
    assert read(path) == text


@pytest.mark.parametrize(
    ("char", "count"), [("", 0), ("a", 3), ("é", 10), ("x", BLOCK - 1), ("中", 700_000)]
)
@pytest.mark.parametrize("bad", [b"\xff", b"\xc3(", b"\x80", b"\xed\xa0\x80"])
def test_invalid_utf8_is_placed_by_its_byte(path: Path, char: str, count: int, bad: bytes) -> None:
    before = char * count
    path.write_bytes(before.encode() + bad + b"and more")
    sentence = problem(path)
    assert sentence.startswith(f"{path} is not utf-8 text: invalid ")
    assert f" at byte offset {len(before.encode()):,}; " in sentence
    assert "name its encoding (--encoding)" in sentence
    assert read(path, "latin-1").endswith("and more")  # the way out is one


@pytest.mark.parametrize("before", [3, BLOCK - 1, BLOCK, 2 * BLOCK + 1])
@pytest.mark.parametrize("kept", [1, 2, 3])
def test_a_character_cut_off_by_the_end_of_the_file(path: Path, before: int, kept: int) -> None:
    path.write_bytes(b"x" * before + "👍".encode()[:kept])
    assert f"unexpected end of data at byte offset {before:,}; " in problem(path)


def test_a_bad_byte_after_a_byte_order_mark_counts_from_the_start_of_the_file(path: Path) -> None:
    path.write_bytes(codecs.BOM_UTF8 + b"ab\xff")
    assert "byte offset 5;" in problem(path)


def test_other_encodings_place_their_bad_bytes_too(path: Path) -> None:
    path.write_bytes(b"ab" * BLOCK + b"\x81\xff")
    assert f"is not shift_jis text: illegal multibyte sequence at byte offset {2 * BLOCK:,};" in (
        problem(path, "shift_jis")
    )
    path.write_bytes("ab".encode("utf-16") + b"\x00\xdcxx")
    assert "is not utf-16 text: illegal encoding at byte offset 6;" in problem(path, "utf-16")


@pytest.mark.parametrize("before", [0, 4, BLOCK + 5])
def test_a_binary_file_is_told_by_its_zeros(path: Path, before: int) -> None:
    path.write_bytes(b"x" * before + b"\0\1\2")
    sentence = problem(path)
    assert sentence.startswith(f"{path} looks like a binary file: read as utf-8, ")
    assert f"character {before:,} is a zero;" in sentence
    assert "--encoding" in sentence


def test_a_real_program_is_binary(path: Path) -> None:
    path.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00>\x00")
    assert "looks like a binary file" in problem(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32-le"])
def test_a_wide_encoding_not_named_is_hinted_at(path: Path, encoding: str) -> None:
    path.write_bytes(("plain letters" * 3).encode(encoding))
    assert "--encoding" in problem(path)
    assert read(path, encoding) == "plain letters" * 3


@pytest.mark.parametrize("encoding", ["nonsense", "", "hex", "rot13", "utf\0"])
def test_an_unknown_encoding_is_named_for_files_and_folders(path: Path, encoding: str) -> None:
    path.write_text("text")
    expected = f"There is no text encoding named {encoding!r}."
    assert problem(path, encoding) == expected
    assert problem(path.parent, encoding) == expected


def test_files_without_enough_in_them(path: Path) -> None:
    path.write_bytes(b"")
    assert problem(path) == "text.txt is empty: there is nothing to learn from."
    path.write_bytes(codecs.BOM_UTF8)
    assert problem(path) == "text.txt is empty: there is nothing to learn from."
    path.write_text("zzzz")
    assert "text.txt has only one distinct character ('z')" in problem(path)


def test_what_does_not_exist_or_cannot_be_looked_for(tmp_path: Path) -> None:
    missing = tmp_path / "missing.txt"
    assert problem(missing) == f"Cannot read {missing}: No such file or directory."
    (tmp_path / "file").write_text("ab")
    assert "Not a directory" in problem(tmp_path / "file" / "inner")
    (tmp_path / "loop").symlink_to("loop")
    assert "Cannot read" in problem(tmp_path / "loop")
    assert "File name too long" in problem("x" * 5000)
    assert problem("a\0b") == r"Cannot read 'a\x00b': embedded null byte."
    assert problem("~nobody-of-this-name/x").startswith("Cannot read '~nobody-of-this-name/x': ")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs /proc")
def test_a_file_that_opens_but_cannot_be_read() -> None:
    assert problem("/proc/self/mem") == "Cannot read /proc/self/mem: Input/output error."


def test_a_file_without_the_right_to_read_it() -> None:
    with folder_of_ours() as folder:
        path = folder / "closed" / "text.txt"
        path.parent.mkdir()
        path.write_text("text")
        path.chmod(0)
        with without_privileges():
            assert problem(path) == f"Cannot read {path}: Permission denied."
        path.parent.chmod(0)
        with without_privileges():
            assert problem(path) == f"Cannot read {path}: Permission denied."
        path.parent.chmod(0o700)


@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_a_folder_in_a_folder_that_may_not_be_entered_is_passed_over(mode: int) -> None:
    with folder_of_ours() as folder:
        (folder / "open.txt").write_text("owls")
        closed = folder / "closed"
        closed.mkdir()
        (closed / "text.txt").write_text("foxes")
        closed.chmod(mode)
        with without_privileges():
            assert Corpus.from_path(folder).chars == tuple("losw")
        closed.chmod(0o700)


def test_a_tilde_is_ones_home(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(path.parent))
    path.write_text("home")
    assert read("~/text.txt") == "home"


def test_a_folder_is_its_text_files_sorted_by_path(tmp_path: Path) -> None:
    folder = tmp_path / "books"
    for name, content in {
        "b.txt": b"B\r\n",
        "a/z.md": b"AZ\n",
        "a/deep/er/x": codecs.BOM_UTF8 + b"X\n",
        "c.txt": "Ç\n".encode(),
        ".hidden.txt": b"hidden",
        ".git/config": b"hidden",
        "a/.cache/x.txt": b"hidden",
        "empty.txt": b"",
        "picture.png": b"\x89PNG\r\n\x1a\n\0\0",
        "a/zeros.bin": b"ab\0",
        "late.txt": b"x" * (BLOCK + 10) + b"\xff",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "dangling").symlink_to("nowhere")
    corpus = Corpus.from_path(folder)
    assert corpus.decode(corpus.ids) == "X\nAZ\nB\nÇ\n"
    assert corpus.skipped == ("a/zeros.bin", "late.txt", "picture.png")
    assert corpus.name == "books"


def test_a_folder_without_text(tmp_path: Path) -> None:
    expected = f"The folder {tmp_path} holds no text file with utf-8 text in it."
    assert problem(tmp_path) == expected
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\0")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "inner").mkdir()
    (tmp_path / ".hidden").write_text("hidden text")
    assert problem(tmp_path) == expected


def test_a_folder_is_read_in_the_encoding_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("é".encode("latin-1"))
    (tmp_path / "b.txt").write_bytes("ö".encode("latin-1"))
    assert read(tmp_path, "latin-1") == "éö"
    assert "no text file with utf-8 text" in problem(tmp_path)


def test_100_megabytes_load_in_seconds_and_little_memory(path: Path) -> None:
    """In memory is what comes before the file of the ids, and nothing that grows with the text."""
    line = "The owl saw the fox — and the fox saw the owl, naïve as it was.\r\n".encode()
    block = line * (1_000_000 // len(line))
    with path.open("wb") as file:
        for _ in range(100 * 1_000_000 // len(block) + 1):
            file.write(block)
    size = path.stat().st_size
    assert size >= 100_000_000
    tracemalloc.start()
    try:
        start = time.process_time()
        corpus = Corpus.from_path(path)
        seconds = time.process_time() - start
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        path.unlink()
    lines = size // len(line)
    assert len(corpus) == lines * (len(line.decode()) - 1)
    assert corpus.decode(corpus.ids[-30:]) == line.decode().replace("\r", "")[-30:]
    assert peak < MAPPED_FROM + 20_000_000 < len(corpus)
    assert seconds < 12
