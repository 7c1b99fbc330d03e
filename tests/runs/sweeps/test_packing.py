"""Events on their way: nothing is lost and no digit changes."""

from __future__ import annotations

import pickle

from tests.engine.support import OWLS, small
from tui_charrnn.engine import Corpus, TrainControl, build_model
from tui_charrnn.engine.events import Stopped
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.sweeps.packing import pack


def test_events_come_out_as_they_went_in():
    corpus = Corpus.from_text(OWLS * 10)
    config = small(sample_every=7, eval_every=10, validation_fraction=0.2, iterations=30)
    model = build_model(config, corpus.vocab_size)
    events = list(train_to_the_end(config, corpus, model, TrainControl()))
    packed = pickle.loads(pickle.dumps(pack(events)))
    back = list(packed)
    assert back == events
    assert [event.elapsed for event in back] == [event.elapsed for event in events]
    assert isinstance(events[-1], Stopped)
    assert events[-1].best_parameters is not None
    assert back[-1].best_parameters is None


def test_updates_are_small():
    corpus = Corpus.from_text(OWLS * 10)
    config = small(iterations=1000, hidden_size=2)
    model = build_model(config, corpus.vocab_size)
    events = list(train_to_the_end(config, corpus, model, TrainControl()))
    assert len(pickle.dumps(pack(events))) < 80 * 1000
