"""Reading any text, any bytes in any encoding, any folder: a corpus of it, or one sentence."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import tui_charrnn.engine.corpus as loader
from tests.hostile.strangers import (
    ANY_TEXT,
    NASTY_TEXT,
    PAYLOADS,
    STEADY,
    assert_one_sentence,
    is_harmless,
)
from tui_charrnn.engine import Corpus, CorpusError
from tui_charrnn.runs.catalogue import load_corpus
from tui_charrnn.safe_text import safe_line

ENCODINGS = (
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-7", "latin-1", "cp1252",
    "cp437", "ascii", "shift_jis", "euc_jis_2004", "iso2022_jp_2", "iso2022_kr", "hz", "gb18030",
    "big5hkscs", "johab", "cp037", "unicode_escape", "raw_unicode_escape", "punycode", "idna",
    "palmos", "undefined", "hex", "zlib", "bz2", "uu", "quopri", "base64", "rot13",
)  # fmt: skip
"""Encodings of one, two and four bytes, with states and with escapes, and what is none."""

SURROGATES = ("unicode_escape", "raw_unicode_escape", "utf-7")
"""Encodings that give half of a pair without complaint."""

BYTES = st.binary(max_size=80) | st.text(st.sampled_from("ab-+\\uxD80{}~\x1b$(B=\r\n")).map(
    str.encode
)


@contextmanager
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


@contextmanager
def blocks_of(size: int) -> Iterator[None]:
    """Let the ends of blocks fall wherever they do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loader, "BLOCK", size)
        yield


def loaded(path: str | Path, encoding: str = "utf-8") -> Corpus | None:
    """Read a text; None if it was refused in one harmless sentence."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*invalid escape sequence", DeprecationWarning)
        try:
            corpus = Corpus.from_path(path, encoding)
        except CorpusError as error:
            assert_refused(error)
            return None
    assert_sound(corpus)
    return corpus


def assert_refused(error: CorpusError) -> None:
    assert_one_sentence(str(error))
    assert is_harmless(safe_line(str(error)))
    assert "\n" not in safe_line(str(error))


def assert_sound(corpus: Corpus) -> None:
    text = corpus.decode(corpus.ids)
    assert corpus.chars == tuple(sorted(set(text)))
    assert len(corpus) == len(text) >= corpus.vocab_size >= 2
    assert corpus.encode(text).tolist() == corpus.ids.tolist()
    data = text.encode("utf-8", "surrogatepass")
    assert corpus.sha256() == hashlib.sha256(data).hexdigest()


def expected(data: bytes, encoding: str) -> str | None:
    """Return what Python's own reader makes of the bytes, None where it refuses them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            text = io.TextIOWrapper(io.BytesIO(data), encoding).read()
        except (LookupError, UnicodeError):
            return None
    text = text.removeprefix("\ufeff")
    return None if "\0" in text or len(set(text)) < 2 else text


@STEADY
@given(ANY_TEXT | NASTY_TEXT)
def test_any_text_is_read_exactly_or_refused(text: str) -> None:
    try:
        corpus = Corpus.from_text(text)
    except CorpusError as error:
        assert_refused(error)
        assert len(set(text)) < 2
    else:
        assert corpus.decode(corpus.ids) == text
        assert_sound(corpus)


@STEADY
@given(BYTES, st.sampled_from(ENCODINGS), st.integers(1, 30))
@example(b"+2AA-+3AA-a", "utf-7", 3)
@example(b"\\ud83d\\x1b[31m", "unicode_escape", 4)
@example(b"\xed\xa0\x80a", "utf-8", 1)
@example(b"\xef\xbb\xbf\xef\xbb\xbfab", "utf-8", 100)
@example(b"\xef\xbb\xbf\xef\xbb\xbfab", "utf-8", 3)
def test_any_bytes_are_read_as_python_reads_them_or_refused(
    data: bytes, encoding: str, size: int
) -> None:
    with folder() as place, blocks_of(size):
        path = place / "text"
        path.write_bytes(data)
        corpus = loaded(path, encoding)
    text = expected(data, encoding)
    assert (corpus and corpus.decode(corpus.ids)) == text


@STEADY
@given(NASTY_TEXT, st.sampled_from(("utf-8", "utf-16", "utf-32", "utf-7", "gb18030")))
def test_what_was_written_is_read_again(text: str, encoding: str) -> None:
    text = text.encode("utf-8", "replace").decode().replace("\0", "").replace("\r", "")
    text = text.lstrip("\ufeff")
    with folder() as place:
        path = place / "text"
        path.write_bytes(text.encode(encoding))
        corpus = loaded(path, encoding)
    assert (corpus.decode(corpus.ids) if corpus else "") == (text if len(set(text)) > 1 else "")


@pytest.mark.parametrize("encoding", SURROGATES)
def test_halves_of_pairs_are_characters_like_others(tmp_path: Path, encoding: str) -> None:
    text = "a\ud800b\udfff\ud83d\ude00\ud800\ud800"
    data = {"utf-7": b"a+2AA-b+3/8-"}.get(encoding) or text.encode("unicode_escape")
    (tmp_path / "text").write_bytes(data)
    corpus = loaded(tmp_path / "text", encoding)
    assert corpus
    assert {chr(0xD800), chr(0xDFFF)} < set(corpus.chars)


@STEADY
@given(ANY_TEXT | NASTY_TEXT)
def test_any_name_of_an_encoding(name: str) -> None:
    with folder() as place:
        (place / "text").write_text("two")
        loaded(place / "text", name)
        loaded(place, name)


@STEADY
@given(ANY_TEXT | NASTY_TEXT)
@example("~nobody\x1b]0;PWNED\x07")
@example("\0")
@example("x" * 5000)
@example("\ud800")
def test_any_path_that_is_not_there(name: str) -> None:
    with folder() as place:
        path = f"{place}/nowhere/{name}"
        assert loaded(path) is None
        with pytest.raises(CorpusError) as caught:
            load_corpus(path)
        assert_refused(caught.value)


def file_names() -> st.SearchStrategy[bytes]:
    """Return names that a file can have: any bytes but zero and slash, up to 255."""
    texts = NASTY_TEXT.map(lambda text: text.encode("utf-8", "surrogatepass"))
    names = (texts | st.binary(min_size=1)).map(
        lambda name: name.replace(b"\0", b"").replace(b"/", b"")[:255]
    )
    return names.filter(lambda name: name not in (b"", b".", b".."))


@STEADY
@given(st.dictionaries(file_names(), BYTES, max_size=3), st.sampled_from(ENCODINGS))
@example({b"\xff\x1b]0;PWNED\x07": b"owls", b"\x9b31m": b"\xff"}, "utf-8")
def test_any_folder(files: dict[bytes, bytes], encoding: str) -> None:
    with folder() as place:
        for name, data in files.items():
            (place / os.fsdecode(name)).write_bytes(data)
        corpus = loaded(place, encoding)
        for name in files:
            one = loaded(place / os.fsdecode(name), encoding)
            if one is None or name.startswith(b"."):
                continue
            assert corpus is not None
            assert set(one.chars) <= set(corpus.chars)
            assert one.name == os.fsdecode(name)
        for name in corpus.skipped if corpus else ():
            assert os.fsencode(name) in files


@STEADY
@given(file_names())
def test_a_folder_may_have_any_name(name: bytes) -> None:
    with folder() as place:
        inner = place / os.fsdecode(name)
        inner.mkdir()
        loaded(inner)
        (inner / "text").write_text("owls")
        corpus = loaded(inner)
        assert corpus
        assert corpus.name == os.fsdecode(name)


def test_a_folder_that_leads_back_into_itself(tmp_path: Path) -> None:
    (tmp_path / "owls").write_text("owls")
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")  # reading it would wait for ever
    corpus = loaded(tmp_path)
    assert corpus
    assert corpus.decode(corpus.ids) == "owls"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_million_characters_on_one_line(payload: str) -> None:
    text = f"ab{payload}" * (1_000_000 // (len(payload) + 2))
    corpus = Corpus.from_text(text)
    assert len(corpus) == len(text)
    assert corpus.decode(corpus.ids[-500:].tolist()) == text[-500:]
    assert corpus.sha256() == hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def test_every_character_there_is(tmp_path: Path) -> None:
    text = "".join(chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000)
    (tmp_path / "all").write_text(text, encoding="utf-8", newline="")
    corpus = Corpus.from_path(tmp_path / "all")
    assert corpus.vocab_size == len(text) - 1  # carriage returns become newlines
    assert corpus.decode(corpus.ids) == text.replace("\r", "\n")


def test_a_file_that_shrinks_to_nothing_or_goes_while_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    path = tmp_path / "folder" / "text"
    path.write_text("owls and foxes")
    blocks = loader._read(path, "utf-8", lambda read: None)
    os.truncate(path, 0)
    assert "".join(blocks) in ("", "owls and foxes")
    shutil.rmtree(path.parent)
    assert loaded(path) is None
