"""Drawing characters: the probabilities, the order of the notebook, the prompt."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from tests import naive
from tests.engine.support import CELLS, OWLS, lively_model, only, random_corpus, run, small
from tui_charrnn.engine import (
    CharModel,
    Corpus,
    SampleRequest,
    TrainConfig,
    TrainControl,
    build_model,
    train,
)
from tui_charrnn.engine.events import Sample, Step
from tui_charrnn.engine.registry import state_size, zero_state
from tui_charrnn.engine.sampling import cold_start, draw, draw_text


class Uniforms:
    """A generator whose numbers are known."""

    def __init__(self, *numbers: float) -> None:
        self.numbers = list(numbers)

    def random(self) -> float:
        return self.numbers.pop(0)


@pytest.mark.parametrize("temperature", [0.0, 0.3, 1.0, 2.5])
@pytest.mark.parametrize("cell", CELLS)
def test_ids_are_drawn_as_the_plain_loop_draws_them(cell: str, temperature: float) -> None:
    model = lively_model(small(cell=cell), 9)
    zeros = zero_state(model.config)
    state = np.linspace(-5, 5, len(zeros))
    kept = state.copy()
    drawn = model.sample(3, 60, np.random.default_rng(8), state, temperature)
    uniforms = np.random.default_rng(8).random(60).tolist()
    parameters = model.parameters()
    assert drawn == naive.sample(cell, parameters, 3, state, uniforms, temperature)
    assert len(set(drawn)) > 1
    np.testing.assert_array_equal(state, kept)
    cold = naive.sample(cell, parameters, 3, zeros, uniforms, temperature)
    assert model.sample(3, 60, np.random.default_rng(8), temperature=temperature) == cold
    assert cold != drawn


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_frequencies_follow_the_softmax(temperature: float) -> None:
    logits, rng, n = np.array([2.0, 0.0, -1.0, 1.0]), np.random.default_rng(0), 20_000
    counts = Counter(draw(logits, rng, temperature) for _ in range(n))
    expected = np.exp(logits / temperature) / np.exp(logits / temperature).sum()
    for identifier, p in enumerate(expected):
        assert abs(counts[identifier] / n - p) < 5 * np.sqrt(p * (1 - p) / n)


def test_greedy_takes_the_likeliest_and_no_random_number() -> None:
    assert draw(np.array([0.0, 3.0, 2.0]), Uniforms(), 0) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(("uniform", "expected"), [(0.0, 1), (0.499, 1), (0.5, 3), (1 - 2**-53, 3)])
def test_the_ends_of_the_unit_interval(uniform: float, expected: int) -> None:
    logits = np.array([-np.inf, 5.0, -np.inf, 5.0, -np.inf])
    assert draw(logits, Uniforms(uniform), 1.0) == expected  # type: ignore[arg-type]


def test_scores_that_are_no_numbers_still_give_an_id() -> None:
    with np.errstate(all="raise"):
        drawn = draw(np.array([np.nan, np.inf, -np.inf, 1.0]), np.random.default_rng(0), 1.0)
    assert drawn == 1


@pytest.mark.parametrize(
    ("seed_id", "temperature", "message"),
    [(-1, 1.0, "seed_id must be from 0 to 8, not -1"), (9, 1.0, "not 9"), (0, -0.5, "not -0.5"),
     (0, float("nan"), "temperature must be at least 0, not nan")],
)  # fmt: skip
def test_what_cannot_be_sampled_from_is_refused(
    seed_id: int, temperature: float, message: str
) -> None:
    model = build_model(small(), 9)
    with pytest.raises(ValueError, match=message):
        model.sample(seed_id, 5, np.random.default_rng(0), temperature=temperature)


def replay(config: TrainConfig, corpus: Corpus) -> list[str]:
    """Draw every sample of a run from the parameters and the state of that very moment."""
    model, control = build_model(config, corpus.vocab_size), TrainControl()
    length = len(corpus.ids) // config.batch_size
    rng, position, texts = np.random.default_rng([config.seed, 1]), 0, []
    states = np.zeros((config.batch_size, state_size(config)))
    for event in train(config, corpus, model, control):
        if isinstance(event, Sample):
            # the parameters are those from before this iteration's update
            first = int(corpus.ids[position])
            ids = model.sample(first, config.sample_length, rng, states[0], config.temperature)
            assert corpus.decode(ids) == event.text
            texts.append(event.text)
        if isinstance(event, Step):
            position += config.seq_length
            if position + config.seq_length + 1 >= length:
                position = 0
            states = states_at(corpus, config, event.iteration + 1)
    return texts


def states_at(corpus: Corpus, config: TrainConfig, iteration: int) -> np.ndarray:
    """Train anew up to an iteration, with the plain loop, and return the state there."""
    plain = naive.NaiveRun(
        cell=config.cell,
        parameters=build_model(config, corpus.vocab_size).parameters(),
        ids=corpus.ids,
        vocab_size=corpus.vocab_size,
        seq_length=config.seq_length,
        learning_rate=config.learning_rate,
        batch_size=config.batch_size,
    )
    for _ in range(iteration):
        plain.update()
    plain.prepare()
    return np.array([state.ravel() for state in plain.states])


@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_a_runs_samples_come_from_before_the_update_and_the_windows_first_character(
    cell: str, batch_size: int
) -> None:
    config = small(
        cell=cell, batch_size=batch_size, iterations=12, sample_every=3, sample_length=15,
        temperature=0.7, learning_rate=0.3,
    )  # fmt: skip
    texts = replay(config, Corpus.from_text(OWLS * batch_size, "owls"))
    assert len(texts) == 4
    assert len(set(texts)) == 4


def test_samples_come_at_every_so_many_iterations_with_the_loss_so_far() -> None:
    config = small(iterations=10, sample_every=4, sample_length=6, temperature=0.5)
    events = run(config, random_corpus(100, 5))
    samples, steps = only(Sample, events), only(Step, events)
    assert [s.iteration for s in samples] == [0, 4, 8]
    assert all(len(s.text) == 6 and s.temperature == 0.5 and not s.requested for s in samples)
    assert samples[1].smooth_loss == steps[3].smooth_loss  # of the model that drew it
    for sample in samples:
        following = events[events.index(sample) + 1]
        assert isinstance(following, Step)
        assert following.iteration == sample.iteration


@pytest.mark.parametrize("every", [1, 3])
def test_samples_change_nothing_of_the_training(every: int) -> None:
    corpus = random_corpus(100, 5)
    plain = only(Step, run(small(iterations=12), corpus))
    assert only(Step, run(small(iterations=12, sample_every=every), corpus)) == plain


def test_a_prompt_is_read_from_a_state_of_zeros_and_not_repeated() -> None:
    corpus = Corpus.from_text(OWLS, "owls")
    model: CharModel = lively_model(small(), corpus.vocab_size)
    request = SampleRequest(prompt="the owl", length=100, temperature=0.5)
    start = cold_start(corpus, request.prompt, np.zeros(12), np.random.default_rng(0))
    text = draw_text(model, corpus, request, np.random.default_rng(1), start, TrainControl())
    state = np.zeros(12)
    for identifier in corpus.encode("the ow").tolist():
        _, state = model.step(identifier, state)
    last = corpus.chars.index("l")
    ids = model.sample(last, 100, np.random.default_rng(1), state, 0.5)
    assert text == corpus.decode(ids)


def test_without_a_prompt_a_sample_starts_at_a_random_character() -> None:
    corpus, rng = Corpus.from_text(OWLS), np.random.default_rng(0)
    starts = {cold_start(corpus, "", np.zeros(3), rng)[0][0] for _ in range(300)}
    assert starts == set(range(corpus.vocab_size))


def test_an_impossible_prompt_is_refused_by_character() -> None:
    with pytest.raises(ValueError, match=r"The character 'Ω' does not occur in owls\."):
        cold_start(Corpus.from_text(OWLS, "owls"), "thΩe", np.zeros(3), np.random.default_rng(0))


def test_a_long_sample_is_given_up_when_the_run_is_to_stop() -> None:
    corpus, control = Corpus.from_text(OWLS), TrainControl()

    class Watched:
        vocab_size = corpus.vocab_size
        drawn = 0

        def reader(self, state: np.ndarray) -> Watched:
            return self

        def read(self, identifier: int) -> None:
            self.drawn += 1
            if self.drawn == 10:
                control.stop()

        def logits(self) -> np.ndarray:
            return np.zeros(self.vocab_size)

    model, request = Watched(), SampleRequest(length=100_000)
    rng = np.random.default_rng(0)
    assert draw_text(model, corpus, request, rng, ([0], np.zeros(1)), control) is None
    assert model.drawn < 200
