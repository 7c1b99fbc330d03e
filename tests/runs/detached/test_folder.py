"""The folder of the sockets lets nobody else in, and what dead processes left is found."""

from __future__ import annotations

import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from tests.rights import NOBODY
from tui_charrnn.runs.detached import DetachError, live
from tui_charrnn.runs.detached.folder import VARIABLE, folder, listen, socket_of


def test_the_folder_is_for_its_user_alone_whatever_the_mask(sockets: Path) -> None:
    mask = os.umask(0)
    try:
        assert folder() == sockets
        with listen(socket_of(Path("runs.sqlite3"), 5)):
            (made,) = sockets.iterdir()
            assert stat.S_IMODE(made.stat().st_mode) == 0o600
        assert os.umask(0) == 0
    finally:
        os.umask(mask)
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700


def test_without_a_word_it_is_one_of_this_user_in_tmp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    made = []
    monkeypatch.setattr(Path, "mkdir", lambda path, mode: made.append((path, mode)))
    with suppress(DetachError):  # as it was not made
        folder()
    assert made == [(Path(f"/tmp/charrnn-tui-{os.geteuid()}"), 0o700)]


@pytest.mark.parametrize("kind", ["open", "link", "file", "nowhere"])
def test_a_folder_that_others_could_have_made_is_refused(sockets: Path, kind: str) -> None:
    if kind == "open":
        sockets.mkdir()
        sockets.chmod(0o710)
        reason = "may be entered by others: its mode is 710, not 700"
    elif kind == "link":
        other = sockets.with_name("other")
        other.mkdir(mode=0o700)
        sockets.symlink_to(other)
        reason = "is not a folder"
    elif kind == "file":
        sockets.touch(mode=0o700)
        reason = "is not a folder"
    else:
        sockets.parent.rmdir()
        reason = "cannot be made or entered: no such file or directory"
    wanted = (
        f"The folder {sockets} for the sockets of detached runs {reason}; CHARRNN_SOCKETS names "
        f"another one."
    )
    for ask in (folder, lambda: live(Path("runs.sqlite3")), lambda: socket_of(Path("x"), 5)):
        with pytest.raises(DetachError) as caught:
            ask()
        assert str(caught.value) == wanted
    sockets.parent.mkdir(exist_ok=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(sockets: Path) -> None:
    sockets.mkdir(mode=0o700)
    os.chown(sockets, NOBODY, NOBODY)
    with pytest.raises(DetachError, match="belongs to another user"):
        folder()


def test_a_path_that_no_system_takes_is_said(
    sockets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = sockets.parent / ("x" * 90)
    monkeypatch.setenv(VARIABLE, str(long))
    with pytest.raises(DetachError, match=r"path of \d+ bytes, and systems take 100; CHARRNN_SOCK"):
        socket_of(Path("runs.sqlite3"), 5)


def test_a_path_as_long_as_it_may_be_can_be_listened_at(
    sockets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = 100 - len(os.fsencode(sockets.parent)) - len("//0123456789ab-5.sock")
    monkeypatch.setenv(VARIABLE, str(sockets.parent / ("x" * room)))
    path = socket_of(Path("runs.sqlite3"), 5)
    assert len(os.fsencode(path)) == 100
    listen(path).close()


def test_the_runs_of_a_store_are_told_from_those_of_others(tmp_path: Path) -> None:
    here, there, link = (tmp_path / name for name in ("here", "there", "link"))
    here.touch()
    link.symlink_to(here)
    with (
        listen(socket_of(here, 12)),
        listen(socket_of(here, 5)),
        listen(socket_of(there, 7)),
    ):
        assert live(here) == live(link) == [5, 12]
        assert live(there) == [7]


def test_what_a_dead_process_left_is_removed_and_nothing_else(sockets: Path) -> None:
    store = Path("runs.sqlite3")
    path = socket_of(store, 5)
    listen(path).close()
    (sockets / "notes").touch()
    assert live(store) == []
    assert [each.name for each in sockets.iterdir()] == ["notes"]


def test_a_process_takes_the_place_of_a_dead_one(sockets: Path) -> None:
    store = Path("runs.sqlite3")
    listen(socket_of(store, 5)).close()
    with listen(socket_of(store, 5)):
        assert live(store) == [5]
        assert len(list(sockets.iterdir())) == 1


def test_a_process_too_busy_to_answer_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_charrnn.runs.detached.folder.WAITING", 0)
    monkeypatch.setattr("tui_charrnn.runs.detached.folder.PATIENCE", 0.05)
    store = Path("runs.sqlite3")
    with listen(socket_of(store, 5)), socket.socket(socket.AF_UNIX) as first:
        first.connect(os.fspath(socket_of(store, 5)))  # now as many wait as may
        assert live(store) == [5]
