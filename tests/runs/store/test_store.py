"""Finding, naming and deleting runs, and one finished run a cell."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from dataclasses import replace

import pytest

from tests.engine.test_events import EVERY_KIND
from tests.runs.store.support import CONFIG, origin, recorded, same, trained
from tui_charrnn.engine.events import Stopped
from tui_charrnn.runs.store import RunStore, StoreError, writing

START = EVERY_KIND[0]
FINISHED = Stopped(iteration=60, elapsed=2.0, outcome="finished", smooth_loss=8.0)


@pytest.fixture
def three(store: RunStore) -> RunStore:
    """Runs 1 to 3: an RNN, a GRU of a race, a failed GRU."""
    store.keep(origin(cell="rnn", seed=1), [START, FINISHED])
    store.keep(origin(seed=2, hidden_size=32, group="Race of May"), [START, FINISHED])
    store.keep(origin(seed=3), EVERY_KIND)
    return store


def ids(store: RunStore, text: str) -> list[int]:
    return [run.id for run in store.runs(text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", [3, 2, 1]), ("gru", [3, 2]), ("GRU fail", [3]), ("owls", [3, 2, 1]), ("may", [2]),
        ("group=race", []), ("seed>1", [3, 2]), ("seed>=1 seed<=2 cell=rnn", [1]),
        ("hidden_size=32", [2]), ("hidden_size!=32", [3, 1]), ("state=finished", [2, 1]),
        ("id=2", [2]), ("best_bits<9", []), ("bits>0.5", [2, 1]), ("learning_rate=0.1", [3, 2, 1]),
        ("name=gru-2", [2]), ("created>2020-01-01", [3, 2, 1]), ("created<2020", []),
        ("elapsed=2", [2, 1]), ("nothing", []), ("hidden_size=1e99", []),
        ("cell=GRU optimizer=Adagrad", [3, 2]), ("cell!=Gru", [1]),
    ],
)  # fmt: skip
def test_filters(three: RunStore, text: str, wanted: list[int]) -> None:
    assert ids(three, text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("lstm", [2]), ("layers=2 optimizer=adam", [2, 1]), ("layers=2 optimizer=Adam gru", [1]),
        ("dropout>0", [2]), ("schedule!=constant", [2]), ("top_p<1", [1]), ("prime=owl", [1]),
        ("clip_by=norm layers>1", [2]), ("layers<2", []),
    ],
)  # fmt: skip
def test_filters_by_what_shapes_a_net(store: RunStore, text: str, wanted: list[int]) -> None:
    both = {"layers": 2, "optimizer": "adam"}
    store.keep(origin(**both, top_p=0.9, prime="Owl"), [START, FINISHED])
    more = {"cell": "lstm", "dropout": 0.2, "schedule": "cosine", "clip_by": "norm"}
    store.keep(origin(**both, **more), [START, FINISHED])
    assert ids(store, text) == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hidden=3", "Runs have no field hidden; "),
        ("hiden_size=3", "the nearest is hidden_size"),
        ("seed>x", "seed is compared with a number, not 'x'"),
        ("bits=", "bits is compared with a number, not ''"),
    ],
)
def test_filters_that_cannot_be(three: RunStore, text: str, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        three.runs(text)


def test_find_by_id_or_name(three: RunStore) -> None:
    assert three.find("2").name == "gru-2"
    assert three.find(" GRU-2 ").id == 2
    with pytest.raises(StoreError, match=r"no run named gru2 in .*nearest names are gru-2, gru-3"):
        three.find("gru2")
    with pytest.raises(StoreError, match="no run 4 in"):
        three.find("4")
    for reference in ("", "9" * 40, "\x1b[31m", "\udce9", "x' OR 1 --"):
        with pytest.raises(StoreError, match="no run named"):
            three.find(reference)


def test_names_are_unique_and_visible(three: RunStore) -> None:
    three.rename(1, "  große Eule ")
    assert three.find("große Eule").id == 1
    three.rename(1, "große Eule")  # its own
    for name, said in [
        ("GRU-2", "another run named"), ("", "from 1 to 60"), ("x" * 61, "not 61"),
        ("17", "stands for its id"), ("a\nb", "visible"), ("\x1b[31m", "visible"),
    ]:  # fmt: skip
        with pytest.raises(StoreError, match=said):
            three.rename(1, name)
    with pytest.raises(StoreError, match="no run 9"):
        three.rename(9, "nine")
    assert three.find("1").name == "große Eule"


def test_a_run_is_recorded_under_a_name(store: RunStore) -> None:
    first, second = store.record(origin(), "owl"), store.record(origin(), "owl")
    for recorder in (first, second):
        recorder.take(START)
        recorder.close()
    assert {run.name for run in store.runs()} == {"owl", "owl-2"}
    with pytest.raises(StoreError, match="a run named owl already"):
        store.record(origin(), "owl")


def test_default_names_do_not_collide(store: RunStore) -> None:
    store.keep(origin(), [START])
    store.rename(1, "gru-2")
    assert store.record_of(store.keep(origin(), [START])).name == "gru-2-2"


def test_delete_all_or_none(three: RunStore) -> None:
    with pytest.raises(StoreError, match="no run 9"):
        three.delete([1, 9])
    assert ids(three, "") == [3, 2, 1]
    three.delete([1, 3])
    assert ids(three, "") == [2]
    for table in ("events", "points"):
        query = f"SELECT count(*) FROM {table} WHERE run_id <> 2"
        assert three._connection.execute(query).fetchone()[0] == 0
    assert three.keep(origin(), [START]) == 4  # numbers are not given again


def test_a_live_run_is_not_deleted(store: RunStore) -> None:
    recorder = store.record(origin())
    recorder.take(START)
    while recorder.run_id is None:
        pass
    assert store.record_of(recorder.run_id).state == "running"
    with pytest.raises(StoreError, match="Run 1 is still running; stop it first"):
        store.delete([1])
    recorder.close()
    assert store.record_of(1).state == "interrupted"  # it never said that it stopped
    store.delete([1])


def test_one_finished_run_a_cell(store: RunStore) -> None:
    events = trained()
    assert store.keep(origin("key"), EVERY_KIND) == 1  # failed: does not count
    assert store.finished_cell("key") is None
    first = store.keep(origin("key"), events)
    assert store.finished_cell("key").id == first
    assert store.keep(origin("key"), trained()) == first
    assert recorded(store, trained(), origin("key")) == first
    assert store.keep(origin("other"), events) not in (first, 1)
    assert len(store.runs()) == 2
    assert same(store.events(first), events)
    assert store.finished_cell("") is None


def test_a_run_that_failed_gives_way_to_the_next_of_its_cell(store: RunStore) -> None:
    other = store.keep(origin("other"), EVERY_KIND)
    none = [store.keep(origin(), EVERY_KIND) for _ in range(2)]
    store.keep(origin("key"), EVERY_KIND)
    second = store.keep(origin("key"), EVERY_KIND)
    assert [run.id for run in store.runs()] == [second, *none[::-1], other]


def test_a_run_that_fails_leaves_a_finished_one_alone(store: RunStore) -> None:
    events = trained()
    first = store.keep(origin("key"), events)
    assert store.keep(origin("key"), EVERY_KIND) == first
    assert [run.id for run in store.runs()] == [first]
    assert same(store.events(first), events)


def test_a_failed_run_stays_if_the_next_cannot_be_kept(store: RunStore) -> None:
    failed = store.keep(origin("key"), EVERY_KIND)
    with pytest.raises(TypeError, match="bytes is not JSON"):
        store.keep(origin("key"), [START, replace(FINISHED, message=b"no text")])
    assert [run.id for run in store.runs()] == [failed]


def test_finished_cells_are_found_together(store: RunStore) -> None:
    kept = [store.keep(origin(key), [START, FINISHED]) for key in ("a", "b", "c", "")]
    store.keep(origin("failed"), EVERY_KIND)
    keys = ["a", "c", "", "failed", *(f"{number:064}" for number in range(40_000))]
    found = store.finished_cells(keys)
    assert {key: run.id for key, run in found.items()} == {"a": kept[0], "c": kept[2]}


@pytest.mark.parametrize(
    ("query", "value"),
    [(writing.FINISHED_RUN, "key"), (f"SELECT * FROM runs {writing.FINISHED_RUNS}", '["key"]')],
)
def test_finished_cells_are_found_by_their_index(store: RunStore, path, query, value) -> None:
    with closing(sqlite3.connect(path)) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {query}", (value,)).fetchall()
    assert "one_finished_run_a_cell (cell_key=?)" in plan[0][-1]


def test_threads_that_keep_the_same_cell_count_it_once(store: RunStore, path) -> None:
    events, found = trained(), []
    with RunStore.open(path) as other:
        threads = [
            threading.Thread(target=lambda s=s: found.append(s.keep(origin("key"), events)))
            for s in (store, other) * 4
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [1] * 8
    assert len(store.runs()) == 1
    assert same(store.events(1), events)


def test_a_store_is_used_from_many_threads(store: RunStore) -> None:
    problems: list[Exception] = []

    def work(seed: int) -> None:
        try:
            events = trained(CONFIG.replace(seed=seed))
            assert same(store.events(recorded(store, events, origin(seed=seed))), events)
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert sorted(run.config.seed for run in store.runs()) == [0, 1, 2, 3]
