"""Drawing from nets that have learned the texts of strangers."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.engine.support import only, run, small
from tests.hostile.strangers import (
    ANY_TEXT,
    NASTY_TEXT,
    PAYLOADS,
    STEADY,
    assert_one_sentence,
    is_harmless,
)
from tui_charrnn.engine import CharModel, Corpus, SampleRequest, TrainControl, build_model
from tui_charrnn.engine.events import Sample, Started, Stopped, event_from_json
from tui_charrnn.engine.messages import receive, send
from tui_charrnn.engine.sampling import cold_start, draw, draw_text
from tui_charrnn.safe_text import safe, safe_line

HOSTILE = "".join(PAYLOADS) * 20

FLOATS = st.floats(width=32) | st.sampled_from([0.0, 1.0, -1.0, np.inf, -np.inf, np.nan])

TEMPERATURES = st.sampled_from([0.0, 5e-324, 1e-300, 1e-3, 1.0, 100.0])


@cache
def trained(cell: str) -> tuple[Corpus, CharModel, tuple[Sample, ...]]:
    """Train some updates on everything to be feared."""
    corpus = Corpus.from_text(HOSTILE, "\x1b]0;PWNED\x07.txt")
    config = small(cell=cell, iterations=60, sample_every=5, sample_length=60, hidden_size=16)
    model = build_model(config, corpus.vocab_size)
    return corpus, model, tuple(only(Sample, run(config, corpus, model)))


def drawn(corpus: Corpus, model: CharModel, request: SampleRequest) -> str:
    rng, zeros = np.random.default_rng(3), np.zeros(model.config.hidden_size)
    start = cold_start(corpus, request.prompt, zeros, rng)
    text = draw_text(model, corpus, request, rng, start, TrainControl())
    assert text is not None
    return text


@pytest.mark.parametrize("cell", ["rnn", "gru"])
def test_samples_of_a_hostile_text_are_of_its_characters_and_shown_harmlessly(cell: str) -> None:
    corpus, _, samples = trained(cell)
    assert len(samples) == 12
    assert any(not is_harmless(sample.text) for sample in samples)  # else nothing is tested
    for sample in samples:
        assert len(sample.text) == 60
        assert set(sample.text) <= set(corpus.chars)
        assert is_harmless(safe(sample.text))
        assert is_harmless(safe_line(sample.text))


def test_a_text_is_learned_to_the_letter_however_hostile() -> None:
    """The likeliest text of an overtrained net is the payload itself, and is still harmless."""
    payload = "\x1b]0;PWNED\x07\u202e\x9b31m\ud83d"
    corpus = Corpus.from_text(payload * 60)
    config = small(iterations=400, seq_length=len(payload), hidden_size=24)
    model = build_model(config, corpus.vocab_size)
    run(config, corpus, model)
    text = drawn(corpus, model, SampleRequest(prompt=payload, length=60, temperature=0))
    assert payload in text
    assert is_harmless(safe(text))
    assert "␛]0;PWNED␇��31m�" in safe(text)


@STEADY
@given(ANY_TEXT | NASTY_TEXT, st.sampled_from(["rnn", "gru"]), TEMPERATURES)
@example("\x1b[", "gru", 1.0)
@example("\ud83d" * 300, "rnn", 0.0)
def test_any_prompt_is_read_or_refused_in_one_sentence(
    prompt: str, cell: str, temperature: float
) -> None:
    corpus, model, _ = trained(cell)
    request = SampleRequest(prompt=prompt, length=20, temperature=temperature)
    if set(prompt) <= set(corpus.chars):
        text = drawn(corpus, model, request)
        assert len(text) == 20
        assert set(text) <= set(corpus.chars)
        return
    with pytest.raises(ValueError, match="does not occur in") as caught:
        drawn(corpus, model, request)
    shown = safe_line(str(caught.value))
    assert_one_sentence(shown)
    assert is_harmless(shown)


@STEADY
@given(
    st.lists(FLOATS, min_size=1, max_size=9), TEMPERATURES, st.sampled_from(["float32", "float64"])
)
@example([np.nan, np.nan], 1.0, "float32")
@example([-np.inf, -np.inf], 5e-324, "float64")
@example([np.inf, np.inf, 1.0], 0.0, "float32")
def test_any_scores_give_an_id(logits: list[float], temperature: float, dtype: str) -> None:
    with np.errstate(all="raise"):
        drawn = draw(np.array(logits, dtype), np.random.default_rng(1), temperature)
    assert 0 <= drawn < len(logits)
    if temperature < 1e-200:  # the likeliest; what is no number counts as zero
        known = np.nan_to_num(np.array(logits, dtype).astype(np.float64))
        assert known[drawn] == known.max()


@STEADY
@given(ANY_TEXT | NASTY_TEXT, ANY_TEXT | NASTY_TEXT)
def test_samples_are_written_and_read_to_the_letter(prompt: str, text: str) -> None:
    sample = Sample(
        iteration=1, elapsed=1.0, text=text, smooth_loss=1.0, temperature=1.0, prompt=prompt
    )
    line = json.dumps(sample.as_json(), allow_nan=False)
    assert line.isascii()
    again = event_from_json(json.loads(line))
    assert again == replace(sample, text=in_json(text), prompt=in_json(prompt))


def in_json(text: str) -> str:
    """Join the halves of a pair that stand side by side: JSON cannot tell them from the whole."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def test_events_of_a_hostile_text_reach_another_process_to_the_letter(tmp_path) -> None:
    corpus = Corpus.from_text(HOSTILE, "\x1b]0;PWNED\udcff.txt")
    events = run(small(iterations=3, sample_every=1), corpus)
    with (tmp_path / "stream").open("w+b") as stream:
        send(stream, events)
        stream.seek(0)
        assert receive(stream) == events
    assert only(Started, events)[0].corpus == "\x1b]0;PWNED\udcff.txt"


def test_over_ten_thousand_distinct_characters() -> None:
    chars = [chr(code) for code in (*range(1, 0xD7FF), *range(0xD800, 0xD900)) if code % 4]
    corpus = Corpus.from_text("".join(chars))
    assert corpus.vocab_size > 40_000
    config = small(iterations=2, sample_every=1, sample_length=50, hidden_size=4, dtype="float32")
    events = run(config, corpus)
    assert only(Stopped, events)[0].outcome == "finished"
    for sample in only(Sample, events):
        assert len(sample.text) == 50
        assert is_harmless(safe(sample.text))


def test_a_prompt_of_a_million_characters_does_not_hold_up_the_end_of_a_run() -> None:
    corpus, control = Corpus.from_text("ab" * 500_000), TrainControl()

    class Watched:
        vocab_size = corpus.vocab_size
        times = 0

        def reader(self, state: np.ndarray) -> Watched:
            return self

        def read(self, identifier: int) -> None:
            self.times += 1
            if self.times == 10:
                control.stop()

        def logits(self) -> np.ndarray:
            return np.zeros(self.vocab_size)

    model, rng = Watched(), np.random.default_rng(0)
    start = cold_start(corpus, "ab" * 500_000, np.zeros(1), rng)
    assert draw_text(model, corpus, SampleRequest(), rng, start, control) is None
    assert model.times < 200
