"""Thousands of files that are almost checkpoints: none crashes, hangs, takes memory or is run."""

from __future__ import annotations

import ast
import io
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.checkpoints import (
    VALIDATED,
    archived,
    assert_same,
    checkpoint_of,
    members_of,
    meta_of,
    npy,
    sealed,
    with_meta,
)
from tests.engine.mutations import CHANGES, Payload
from tui_charrnn.engine.checkpoint_file import CheckpointError, load, save

ROOT = Path(__file__).resolve().parents[2]

DAMAGED = {change.__name__ for change in CHANGES}
FORGED = {"headers", "names", "values", "metas", "compressed", "tricks", "version"}
RESEALED = {*(f"resealed {kind}" for kind in DAMAGED), "resealed structure"}

HARMLESS = {kind: {"the same"} for kind in {*RESEALED, "tricks"}} | {
    "metas": {"the same", "another"}
}
"""What else may come of a file whose checksum is right than a refusal."""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutations") / "1.npz"


@pytest.fixture(scope="module")
def data(path: Path) -> bytes:
    save(checkpoint_of(cell="rnn", hidden_size=3, **VALIDATED), path)
    return path.read_bytes()


def test_no_mutated_file_does_any_harm(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "tests.engine.mutation_child", tmp_path]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-500:]
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    counts = Counter(kind for kind, _ in rows)
    assert set(counts) == DAMAGED | FORGED | RESEALED
    assert counts.total() >= 4000
    for kind, outcome in rows:
        check_outcome(kind, ast.literal_eval(outcome), tmp_path / "1.npz")
    assert not (tmp_path / "executed").exists()


def test_the_pickle_in_them_would_be_executed(tmp_path: Path) -> None:
    pickled = npy(np.array([Payload(tmp_path / "executed")], object))
    np.load(io.BytesIO(pickled), allow_pickle=True)[0].close()
    assert (tmp_path / "executed").exists()


def check_outcome(kind: str, outcome: str, path: Path) -> None:
    if not outcome.startswith("refused: "):
        assert outcome in HARMLESS.get(kind, ()), kind
        return
    check_sentence(outcome.removeprefix("refused: "), path)
    if kind in DAMAGED:
        assert " is damaged: " in outcome or " is no checkpoint" in outcome


def check_sentence(sentence: str, path: Path) -> None:
    assert sentence.startswith(f"{path} ")  # not the one that there is no memory for it
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < len(str(path)) + 300


def refusal(path: Path, data: bytes) -> str:
    """Return why these bytes are refused, or nothing if they are not."""
    path.write_bytes(data)
    try:
        checkpoint = load(path)
    except CheckpointError as error:
        check_sentence(str(error), path)
        return str(error)
    save(checkpoint, path)  # what can be loaded can be saved
    assert_same(load(path), checkpoint)
    return ""


@settings(max_examples=200, deadline=None)
@given(
    edits=st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=40)), min_size=1
    )
)
def test_any_edits_are_found(
    path: Path, data: bytes, edits: list[tuple[float, int, bytes]]
) -> None:
    edited = data
    for place, removed, inserted in edits:
        start = int(place * len(edited))
        edited = edited[:start] + inserted + edited[start + removed :]
    assert bool(refusal(path, edited)) == (edited != data)
    refusal(path, sealed(edited))


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_refused(path: Path, content: bytes) -> None:
    assert refusal(path, content)
    assert refusal(path, sealed(content.ljust(200)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(choice=st.data())
def test_any_value_in_place_of_another(path: Path, data: bytes, choice: st.DataObject) -> None:
    members = members_of(data)
    meta = place = meta_of(members)
    name = choice.draw(st.sampled_from(sorted(place)))
    while isinstance(place[name], dict) and choice.draw(st.booleans()):
        place = place[name]
        name = choice.draw(st.sampled_from(sorted(place)))
    place[name] = choice.draw(JSON)
    refusal(path, archived(with_meta(members, json.dumps(meta))))
