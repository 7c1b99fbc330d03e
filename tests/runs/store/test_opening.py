"""Stores that cannot be opened: one sentence each, and the file is left as it is."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.engine.test_events import EVERY_KIND
from tests.rights import folder_of_ours, without_privileges
from tests.runs.store.support import bytes_of, origin, same, trained
from tui_charrnn.runs.store import NoStore, RunStore, StoreError, default_path, opening, schema
from tui_charrnn.runs.store.opening import VARIABLE, is_the_store
from tui_charrnn.runs.sweeps.cells import FIRST


@pytest.fixture
def quick(monkeypatch) -> None:
    monkeypatch.setattr(opening, "PATIENCE", 0.2)


@pytest.fixture
def ours() -> Iterator[Path]:
    """A folder that others may enter, with a store in it that they may read."""
    with folder_of_ours() as folder:
        with RunStore.open(folder / "runs.sqlite3") as store:
            store.keep(origin(), trained())
        (folder / "runs.sqlite3").chmod(0o644)
        yield folder


def refused(path: Path, **options: bool) -> str:
    """Return the sentence with which a store is refused; nothing is changed or left behind."""
    before = bytes_of(path.parent)
    with pytest.raises(StoreError) as caught:
        RunStore.open(path, **options)
    assert bytes_of(path.parent) == before
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    assert str(path) in said
    return said


def test_a_new_store_makes_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b c?#%" / "rüns.sqlite3"
    with RunStore.open(path) as store:
        assert store.keep(origin(), EVERY_KIND) == 1
    assert [file.name for file in path.parent.iterdir()] == [path.name]  # no log is left
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA application_id").fetchone() == (schema.APPLICATION_ID,)
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite3"
    path.touch()
    with RunStore.open(path) as store:
        assert store.runs() == []


def test_no_store_where_none_is_to_be_made(tmp_path: Path) -> None:
    with pytest.raises(NoStore, match=r"There is no run store .*runs\.sqlite3\."):
        RunStore.open(tmp_path / "deep" / "runs.sqlite3", create=False)
    assert list(tmp_path.iterdir()) == []


def test_the_default_path(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "mine"))
    assert default_path() == tmp_path / "mine"
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert default_path().is_relative_to(tmp_path)
    assert default_path().parts[-2:] == ("charrnn-tui", "runs.sqlite3")


def test_a_file_is_the_store_by_any_name(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "runs.sqlite3"
    RunStore.open(path).close()
    (tmp_path / "other").symlink_to(path)
    assert is_the_store(str(tmp_path / "other"), path)
    monkeypatch.setenv(VARIABLE, str(path))
    assert is_the_store(str(path), None)
    assert not is_the_store("-", None)
    assert not is_the_store("a\0b", path)


def _garbage(path: Path) -> None:
    path.write_bytes(os.urandom(5000))


def _short(path: Path) -> None:
    path.write_bytes(b"SQL")


def _of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE runs (id)")


def _of_a_newer_version(path: Path) -> None:
    RunStore.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")


def _cut_off(path: Path) -> None:
    with RunStore.open(path) as store:
        store.keep(origin(), trained())
    with path.open("r+b") as file:
        file.truncate(3 * 4096)


def _damaged_inside(path: Path) -> None:
    with RunStore.open(path) as store:
        store.keep(origin(), trained())
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_garbage, "is not a run store; it was left as it is."),
        (_short, "is not a run store; it was left as it is."),
        (_of_another_program, "is not a run store; it was left as it is."),
        (_of_a_newer_version, "made by a newer charrnn-tui (this one knows"),
        (_cut_off, "is damaged; it was left as it is."),
        (_damaged_inside, "is damaged; it was left as it is."),
        (lambda path: path.mkdir(), "is a folder."),
        (os.mkfifo, "is not a file."),
    ],
)
def test_what_is_no_store(
    tmp_path: Path, make: Callable[[Path], None], said: str, read_only: bool
) -> None:
    path = tmp_path / "runs.sqlite3"
    make(path)
    assert said in refused(path, read_only=read_only)


def test_a_newer_version_that_another_program_just_made(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite3"
    with RunStore.open(path) as store:  # the version is in the log, not yet in the file
        store._connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
        assert "made by a newer charrnn-tui" in refused(path)


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    for name in ("a\0b", "x" * 5000):
        with pytest.raises(StoreError, match=r"cannot be"):
            RunStore.open(tmp_path / name)


def test_locked(store: RunStore, path: Path, quick: None) -> None:
    store.keep(origin(), EVERY_KIND)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="is locked by another program"):
            RunStore.open(path)
        with RunStore.open(path, read_only=True) as reader:
            assert len(reader.runs()) == 1  # one who writes keeps nobody from reading
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        store.close()
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        assert "is locked by another program" in refused(path)
        assert "is locked by another program" in refused(path, read_only=True)


def test_a_lock_that_is_given_back_in_time_is_waited_for(store: RunStore, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")
        timer = threading.Timer(0.3, other.execute, ("ROLLBACK",))
        timer.start()
        RunStore.open(path).close()
        timer.join()


def test_a_file_that_may_only_be_read(ours: Path) -> None:
    path = ours / "runs.sqlite3"
    ours.chmod(0o777)
    with without_privileges():
        assert "is read-only" in refused(path)
        with RunStore.open(path, read_only=True) as store:
            assert [run.id for run in store.runs()] == [1]
            with pytest.raises(StoreError, match="is read-only"):
                store.rename(1, "owl")


def test_a_folder_that_may_only_be_read(ours: Path) -> None:
    path = ours / "runs.sqlite3"
    path.chmod(0o666)
    with without_privileges():
        assert "is read-only" in refused(path)
        with RunStore.open(path, read_only=True) as store:
            assert same(store.events(1), list(store.events(1)))
            assert len(store.points(1)) == 60
        assert "cannot be opened: permission denied" in refused(ours / "new" / "runs.sqlite3")
        assert "cannot be opened, or" in refused(ours / "other.sqlite3")


def test_a_file_that_may_not_be_read(ours: Path) -> None:
    path = ours / "runs.sqlite3"
    path.chmod(0o600)
    with without_privileges(), pytest.raises(StoreError, match="permission denied"):
        RunStore.open(path)


def test_what_is_only_read_cannot_be_changed(store: RunStore, path: Path) -> None:
    store.keep(origin(), EVERY_KIND)
    with RunStore.open(path, read_only=True) as reader:
        with pytest.raises(StoreError, match="is read-only"):
            reader.delete([1])
        assert len(reader.runs()) == 1


NEXT = ("ALTER TABLE runs ADD COLUMN mood TEXT", "UPDATE runs SET mood = 'good'")


def test_an_older_store_is_brought_to_this_version(tmp_path: Path, monkeypatch) -> None:
    """A file of every version that was released, and one of this version seen by the next."""
    for version in range(1, schema.VERSION + 1):
        path = tmp_path / f"{version}.sqlite3"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            schema.migrate(connection, schema.MIGRATIONS[:version])
            assert schema.version_of(connection) == version
        with RunStore.open(path) as store:
            assert schema.version_of(store._connection) == schema.VERSION
            store.keep(origin(), EVERY_KIND)
            tables = _tables(store._connection)
        RunStore.open(tmp_path / "new.sqlite3").close()
        with closing(sqlite3.connect(tmp_path / "new.sqlite3")) as connection:
            assert _tables(connection) == tables


def test_runs_of_version_2_have_what_came_later_at_its_default(path: Path) -> None:
    known = FIRST | {"checkpoint_seconds", "checkpoint_every"}
    with RunStore.open(path) as store:
        store.keep(origin(cell_key="a"), EVERY_KIND)
        row = store._connection.execute("SELECT config FROM runs").fetchone()
        config = {name: value for name, value in json.loads(row[0]).items() if name in known}
        assert len(config) == 20
        store._connection.execute("UPDATE runs SET config = ?", (json.dumps(config),))
        store._connection.execute("PRAGMA user_version = 2")
    with RunStore.open(path) as store:
        (run,) = store.runs("layers=1 optimizer=adagrad clip_by=value")
        assert run.config == origin().config
        assert not store.runs("layers>1")


def test_the_next_version_finds_all_runs(tmp_path: Path, monkeypatch) -> None:
    path, events = tmp_path / "runs.sqlite3", trained()
    with RunStore.open(path) as store:
        store.keep(origin(), events)
    _next_version(monkeypatch, NEXT)
    for read_only in (True, False):  # one that is only to be read is migrated as well
        with RunStore.open(path, read_only=read_only) as store:
            assert schema.version_of(store._connection) == schema.VERSION
            moods = store._connection.execute("SELECT mood FROM runs").fetchall()
            assert [row[0] for row in moods] == ["good"]
            assert same(store.events(1), events)


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "runs.sqlite3"
    with RunStore.open(path) as store:
        store.keep(origin(), EVERY_KIND)
    with monkeypatch.context() as patch:
        _next_version(patch, (*NEXT, "INSERT INTO nowhere VALUES (1)"))
        assert "no such table: nowhere" in refused(path)
    with RunStore.open(path) as store:
        assert len(store.runs()) == 1


def _next_version(patch: pytest.MonkeyPatch, migration: schema.Migration) -> None:
    migrations = (*schema.MIGRATIONS, migration)
    patch.setattr(schema, "VERSION", len(migrations))
    patch.setattr(schema, "MIGRATIONS", migrations)


def _tables(connection: sqlite3.Connection) -> list[str]:
    query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
    return [row[0] for row in connection.execute(query)]


READ = (
    "import sys; from pathlib import Path; from tui_charrnn.runs.store import RunStore\n"
    "with RunStore.open(Path(sys.argv[1])) as store: print(len(store.runs()))"
)


def seen_elsewhere(path: Path) -> int:
    """Return how many runs a process of its own sees, which closes the store as its last user."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def test_what_is_opened_twice_loses_nothing_to_another_process(tmp_path: Path) -> None:
    """A file that a process opens and closes on its own loses all locks the process has on it."""
    path = tmp_path / "runs.sqlite3"
    with RunStore.open(path) as store:
        store.keep(origin(), [])
        RunStore.open(path).close()
        RunStore.open(path, create=False, read_only=True).close()
        assert seen_elsewhere(path) == 1
        store.keep(origin(), [])
        assert seen_elsewhere(path) == 2
