"""Reading a text in a thread: how far it is, and reading no further."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.message import Message

from tui_charrnn.engine.corpus import BLOCK
from tui_charrnn.screens import loading
from tui_charrnn.screens.loading import CorpusFailed, CorpusLoaded, CorpusRead, Loading
from tui_charrnn.screens.train_text import TrainText

TEXT = b"The owl saw the fox.\n" * 150_000


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a text of 12 blocks and a bit, of which every word is told."""
    monkeypatch.setattr(loading, "TELL_EVERY", 0.0)
    path = tmp_path / "text.txt"
    path.write_bytes(TEXT)
    return path


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    for thread in threading.enumerate():
        if thread.name == "loading":
            thread.join(20)
            assert not thread.is_alive()


def begun(path: Path, hear: Callable[[Loading, Message], object]) -> list[Message]:
    """Read a text to the end of its thread; return what was posted, which `hear` hears as well."""
    posts: list[Message] = []
    is_made = threading.Event()

    def post(message: Message) -> None:
        is_made.wait(20)
        posts.append(message)
        hear(reading, message)

    reading = Loading((str(path), "utf-8"), post)
    is_made.set()
    for thread in threading.enumerate():
        if thread.name == "loading":
            thread.join(20)
    return posts


def test_it_tells_how_far_it_is(path: Path) -> None:
    told: list[str] = []
    posts = begun(path, lambda reading, message: told.append(reading.told))
    shares = [min(number * BLOCK / len(TEXT), 1) for number in range(1, 14)]
    words = list(dict.fromkeys(f"{share:.0%}" for share in shares))  # the last two are the same
    assert told == [*words, "100%"]
    assert [type(message) for message in posts] == [*[CorpusRead] * 12, CorpusLoaded]


def test_a_text_that_is_read_soon_needs_no_word(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "TELL_EVERY", 60.0)
    assert [type(message) for message in begun(path, lambda *_: None)] == [CorpusLoaded]


def test_a_text_that_is_not_wanted_any_more_is_not_read_on(path: Path) -> None:
    posts = begun(path, lambda reading, message: reading.cancel())
    assert [type(message) for message in posts] == [CorpusRead]


def test_of_what_has_no_size_it_tells_the_bytes(path: Path) -> None:
    pipe = path.with_name("pipe")
    os.mkfifo(pipe)
    posts, seen = queue.Queue[Message](), []

    def post(message: Message) -> None:
        seen.append(reading.told)
        posts.put(message)

    reading = Loading((str(pipe), "utf-8"), post)
    with pipe.open("wb") as file:
        file.write(TEXT)
        file.flush()
        assert isinstance(posts.get(timeout=20), CorpusRead)
    while isinstance(message := posts.get(timeout=20), CorpusRead):
        pass
    assert isinstance(message, CorpusLoaded)
    assert len(message.corpus) == len(TEXT)
    assert seen[-1] == "3.1 MB"


def test_another_choice_ends_the_reading_before_it(path: Path) -> None:
    pipe = path.with_name("pipe")
    os.mkfifo(pipe)
    posts = queue.Queue[Message]()
    text = TrainText(("tales", "utf-8"), posts.put)
    text.load((str(pipe), "utf-8"))
    with pipe.open("wb") as file:
        file.write(TEXT)
        file.flush()
        assert isinstance(posts.get(timeout=20), CorpusRead)
        assert text.state.startswith(f"reading {pipe}, ")
        text.load((str(path), "utf-8"))
        assert text.state.startswith(f"reading {path}")
    loaded = []
    while not loaded:
        message = posts.get(timeout=20)
        assert not isinstance(message, CorpusFailed)
        if isinstance(message, CorpusLoaded):
            loaded.append(message)
    assert loaded[0].wanted == (str(path), "utf-8")
    assert text.take(loaded[0]) is loaded[0].corpus
    assert text.loading is None
    assert text.state == ""
    for thread in threading.enumerate():
        if thread.name == "loading":
            thread.join(20)
    assert not any(isinstance(message, CorpusLoaded) for message in list(posts.queue))
