"""Another user of the machine gets nothing: not by the modes, and not where those were loosened."""

from __future__ import annotations

import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from tests.rights import NOBODY, without_privileges
from tests.runs.detached.support import Place
from tui_charrnn.engine.events import Paused, Step
from tui_charrnn.runs.detached import DetachError, live
from tui_charrnn.runs.detached.folder import socket_of
from tui_charrnn.runs.detached.way import way_to

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


def test_the_modes_keep_others_out_who_know_the_path(place: Place, sockets: Path) -> None:
    launched = place.begin()
    path = socket_of(place.store, launched.run_id)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    with socket.socket(socket.AF_UNIX) as connection:
        with without_privileges(), pytest.raises(PermissionError):
            connection.connect(os.fspath(path))
        connection.connect(os.fspath(path))  # it was nothing but the rights
    sockets.chmod(0o755)
    with (
        socket.socket(socket.AF_UNIX) as connection,
        without_privileges(),
        pytest.raises(PermissionError),
    ):
        connection.connect(os.fspath(path))


def test_where_the_modes_were_loosened_others_hear_nothing_and_are_not_heard(
    place: Place, sockets: Path
) -> None:
    launched = place.begin()
    visit = place.visit(launched.run_id)
    path = socket_of(place.store, launched.run_id)
    path.chmod(0o666)
    sockets.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        with without_privileges():
            connection.connect(os.fspath(path))
            with suppress(BrokenPipeError):  # where the process was quicker to show us out
                connection.sendall(b'{"do": "pause"}\n')
            said = b""
            with suppress(ConnectionResetError):  # as what was sent is never read
                said = connection.recv(1000)
            assert said == b""
    reached = visit.until(Step).iteration
    while visit.until(Step).iteration < reached + 100:
        pass
    assert not any(isinstance(event, Paused) for event in visit.taken)


def test_others_are_told_that_it_is_not_theirs(place: Place, sockets: Path) -> None:
    launched = place.begin()
    with without_privileges(), pytest.raises(DetachError) as caught:
        way_to(place.store, launched.run_id)
    assert str(caught.value).startswith(
        f"The folder {sockets} for the sockets of detached runs bel"
    )
    with without_privileges(), pytest.raises(DetachError, match="belongs to another user"):
        live(place.store)


def test_a_process_of_somebody_else_is_not_believed(place: Place, sockets: Path) -> None:
    path = socket_of(place.store, 1)
    sockets.chmod(0o777)
    with socket.socket(socket.AF_UNIX) as forged:
        with without_privileges():
            forged.bind(os.fspath(path))
            forged.listen()
        sockets.chmod(0o700)
        assert path.stat().st_uid == NOBODY
        with pytest.raises(DetachError, match="Run 1 belongs to another user"):
            way_to(place.store, 1)
