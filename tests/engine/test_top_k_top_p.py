"""Top-k and top-p: which characters are left, with which probabilities, and at what cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import islice

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests import naive, naive_sampling
from tests.engine.support import CELLS, OWLS, lively_model, only, run, small
from tui_charrnn.engine import (
    ConfigError,
    Corpus,
    SampleRequest,
    TrainConfig,
    TrainControl,
    build_model,
    train,
)
from tui_charrnn.engine.events import Sample, Step, event_from_json
from tui_charrnn.engine.parts import check_prime
from tui_charrnn.engine.registry import zero_state
from tui_charrnn.engine.sampling import cold_start, distribution, draw, draw_text, generate
from tui_charrnn.engine.vocabulary import Vocabulary

LOGITS = st.lists(st.floats(-20, 20) | st.integers(-3, 3).map(float), min_size=1, max_size=12)
TEMPERATURES = st.floats(0.05, 20)
TOP_K = st.integers(0, 14)
TOP_P = st.floats(0, 1, exclude_min=True)

NEAR = 1e-9
"""How far a sum of probabilities may be off: nobody can tell which side of `top_p` it is on."""


class Uniforms:
    """A generator whose numbers are known."""

    def __init__(self, *numbers: float) -> None:
        self.numbers = list(numbers)

    def random(self) -> float:
        return self.numbers.pop(0)


def support(probabilities: Sequence[float]) -> set[int]:
    return {identifier for identifier, p in enumerate(probabilities) if p > 0}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("temperature", [0.0, 0.3, 1.0, 2.5])
@pytest.mark.parametrize(
    ("top_k", "top_p"),
    [(0, 1.0), (1, 1.0), (5, 1.0), (40, 1.0), (0, 0.001), (0, 0.4), (0, 0.9), (5, 0.8), (3, 0.999),
     (1, 0.5)],
)  # fmt: skip
def test_probabilities_are_those_of_the_definition(
    dtype: str, temperature: float, top_k: int, top_p: float
) -> None:
    for seed in range(5):
        logits = (np.random.default_rng(seed).normal(size=23) * 2).astype(dtype)
        expected = naive_sampling.distribution(logits.tolist(), temperature, top_k, top_p)
        probabilities = distribution(logits, temperature, top_k, top_p)
        assert (probabilities.dtype, probabilities.shape) == (np.float64, (23,))
        np.testing.assert_allclose(probabilities, expected, rtol=1e-9, atol=0)


@pytest.mark.parametrize("temperature", [0.0, 0.6, 1.0])
@pytest.mark.parametrize(("top_k", "top_p"), [(0, 1.0), (4, 1.0), (0, 0.7), (4, 0.7)])
def test_draws_are_those_of_the_plain_loop(temperature: float, top_k: int, top_p: float) -> None:
    logits = np.random.default_rng(2).normal(size=30)
    shares = naive_sampling.distribution(logits.tolist(), temperature, top_k, top_p)
    rng, uniforms = np.random.default_rng(7), np.random.default_rng(7).random(400).tolist()
    drawn = [draw(logits, rng, temperature, top_k, top_p) for _ in range(400)]
    if temperature == 0:
        assert set(drawn) == {int(np.argmax(logits))}
        assert rng.random() == uniforms[0]  # no number was used
        return
    assert drawn == [naive.pick(shares, uniform) for uniform in uniforms]
    assert set(drawn) <= support(shares)
    assert len(set(drawn)) > 1


@given(LOGITS, TEMPERATURES, TOP_K, TOP_P)
@example([0.0] * 10, 1.0, 0, 0.3)
@example([1.0, 1.0, 0.0], 1.0, 2, 0.5)
def test_the_set_is_the_smallest_of_the_likeliest_that_reaches_top_p(
    logits: list[float], temperature: float, top_k: int, top_p: float
) -> None:
    whole = distribution(np.array(logits), temperature)
    order = naive_sampling.likeliest_first(logits)[: top_k or None]
    shares = whole[order] / whole[order].sum()
    found = distribution(np.array(logits), temperature, top_k, top_p)
    assert math.isclose(found.sum(), 1, abs_tol=1e-12)
    assert (found >= 0).all()
    ids = support(found)
    assert ids == set(order[: len(ids)])
    if top_p < 1:
        assert shares[: len(ids)].sum() >= top_p - NEAR
        assert shares[: len(ids) - 1].sum() < top_p + NEAR
    else:
        assert len(ids) == len(order)
    # what is left keeps its proportions
    kept = sorted(ids)
    np.testing.assert_allclose(found[kept], whole[kept] / whole[kept].sum(), rtol=1e-9)


@given(LOGITS, TEMPERATURES, TOP_K, TOP_K, TOP_P, TOP_P)
def test_more_is_left_of_more(
    logits: list[float], temperature: float, k: int, other_k: int, p: float, other_p: float
) -> None:
    assume(k > 0 and other_k > 0)
    scores = np.array(logits)
    few = distribution(scores, temperature, min(k, other_k), min(p, other_p))
    many_k = distribution(scores, temperature, max(k, other_k), 1.0)
    many_p = distribution(scores, temperature, min(k, other_k), max(p, other_p))
    assert support(few) <= support(many_p) <= support(many_k)
    assert (few[sorted(support(few))] >= many_p[sorted(support(few))] * (1 - 1e-12)).all()


@given(LOGITS, TEMPERATURES, st.integers(0, 2**32 - 1))
def test_without_limits_it_is_softmax_to_the_bit_and_takes_one_number(
    logits: list[float], temperature: float, seed: int
) -> None:
    scores, rng, other = np.array(logits), np.random.default_rng(seed), np.random.default_rng(seed)
    weights = np.exp((scores - scores.max()) / temperature)
    cumulative = np.cumsum(weights)
    expected = int(np.searchsorted(cumulative, other.random() * cumulative[-1], side="right"))
    for top_k in (0, len(logits), len(logits) + 1, 1_114_112):
        before = rng.bit_generator.state
        assert draw(scores, rng, temperature, top_k, 1.0) == expected
        assert rng.bit_generator.state == other.bit_generator.state
        rng.bit_generator.state = before
        assert (distribution(scores, temperature, top_k) == weights / weights.sum()).all()


@given(LOGITS, TEMPERATURES, TOP_K, TOP_P, st.floats(0, 1, exclude_max=True))
@example([5.0, 5.0], 1.0, 1, 1.0, 1 - 2**-53)
@example([5.0, 0.0, 5.0, 0.0], 1.0, 0, 0.9, 1 - 2**-53)
@example([0.0, 5.0, 0.0], 1.0, 0, 0.1, 0.0)
def test_what_was_left_out_is_never_drawn_and_one_number_is_used(
    logits: list[float], temperature: float, top_k: int, top_p: float, uniform: float
) -> None:
    rng = Uniforms(uniform, 0.5)
    drawn = draw(np.array(logits), rng, temperature, top_k, top_p)  # type: ignore[arg-type]
    assert rng.numbers == [0.5]
    assert drawn in support(distribution(np.array(logits), temperature, top_k, top_p))


@pytest.mark.parametrize(
    ("logits", "top_k", "top_p", "ids"),
    [([1.0] * 6, 3, 1.0, {0, 1, 2}),
     ([0.0, 2.0, 1.0, 2.0, 1.0, 1.0], 3, 1.0, {1, 2, 3}),
     ([0.0, 2.0, 1.0, 2.0, 1.0, 1.0], 1, 1.0, {1}),
     ([1.0] * 4, 0, 0.5, {0, 1}),
     ([1.0] * 4, 0, 0.5 + 1e-9, {0, 1, 2}),
     ([1.0] * 4, 0, 1e-300, {0}),
     ([1.0] * 4, 0, math.nextafter(1, 0), {0, 1, 2, 3}),
     ([0.0, 2.0, 1.0, 2.0, 1.0, 1.0], 0, 0.3, {1}),
     ([0.0, 1.0, 1.0, 1.0], 2, 0.5, {1}),
     ([0.0, 1.0, 1.0, 1.0], 2, 0.6, {1, 2})],
)  # fmt: skip
def test_of_equal_ones_the_lower_ids_stay(
    logits: list[float], top_k: int, top_p: float, ids: set[int]
) -> None:
    found = distribution(np.array(logits), 1.0, top_k, top_p)
    assert support(found) == ids
    assert ids == set(naive_sampling.kept(logits, 1.0, top_k, top_p))


def test_the_temperature_acts_before_top_p() -> None:
    logits = np.log([0.5, 0.25, 0.15, 0.1])
    assert support(distribution(logits, 1.0, 0, 0.7)) == {0, 1}
    assert support(distribution(logits, 0.3, 0, 0.7)) == {0}
    assert support(distribution(logits, 5.0, 0, 0.7)) == {0, 1, 2}


def test_top_p_is_of_what_top_k_left() -> None:
    logits = np.log([0.4, 0.2, 0.2, 0.2])
    assert support(distribution(logits, 1.0, 0, 0.5)) == {0, 1}
    assert support(distribution(logits, 1.0, 2, 0.5)) == {0}  # which has two thirds of those two
    assert support(distribution(logits, 1.0, 2, 0.7)) == {0, 1}


@pytest.mark.parametrize(("top_k", "top_p"), [(0, 1.0), (2, 1.0), (0, 0.5), (3, 0.9)])
@pytest.mark.parametrize("temperature", [0.0, 5e-324, 1.0, 100.0])
def test_scores_that_are_no_numbers_still_give_probabilities(
    temperature: float, top_k: int, top_p: float
) -> None:
    with np.errstate(all="raise"):
        for logits in ([np.nan, np.inf, -np.inf, 1.0], [np.nan] * 4, [-np.inf] * 4, [np.inf] * 4):
            found = distribution(np.array(logits), temperature, top_k, top_p)
            assert math.isclose(found.sum(), 1)
            rng = np.random.default_rng(0)
            drawn = draw(np.array(logits), rng, temperature, top_k, top_p)
            assert drawn in support(found)
            assert not top_k or len(support(found)) <= top_k
    assert support(distribution(np.array([np.nan, np.inf, 1.0]), 1.0, top_k, top_p)) == {1}


@pytest.mark.parametrize(
    ("top_k", "top_p", "left"), [(40, 1.0, 40), (0, 0.25, 278_528), (40, 0.5, 20)]
)
def test_every_character_that_there_can_be_is_no_hindrance(
    top_k: int, top_p: float, left: int
) -> None:
    logits = np.zeros(1_114_112, np.float32)
    found = distribution(logits, 1.0, top_k, top_p)
    assert np.flatnonzero(found).tolist() == list(range(left))
    assert draw(logits, Uniforms(0.999999), 1.0, top_k, top_p) == left - 1  # type: ignore[arg-type]


@pytest.mark.parametrize("cell", CELLS)
def test_texts_are_drawn_by_what_the_request_says(cell: str) -> None:
    corpus = Corpus.from_text(OWLS, "owls")
    model = lively_model(small(cell=cell), corpus.vocab_size)

    def text(**numbers: float) -> str | None:
        request = SampleRequest("the owl", 60, **{"temperature": 2.0, **numbers})  # type: ignore[arg-type]
        rng = np.random.default_rng(1)
        start = cold_start(corpus, request.prompt, zero_state(model.config), rng)
        return draw_text(model, corpus, request, rng, start, TrainControl())

    greedy = text(temperature=0)
    assert text(top_k=1) == text(top_p=1e-6) == greedy
    texts = {text(), text(top_k=3), text(top_p=0.5), text(top_k=3, top_p=0.5), greedy}
    assert len(texts) == 5
    start = corpus.encode("the owl").tolist(), zero_state(model.config)
    stream = generate(model, start, np.random.default_rng(1), 2.0, 3, 0.5)
    drawn = [next(stream) for _ in range(60)]
    assert corpus.decode(drawn) == text(top_k=3, top_p=0.5)


def test_a_runs_samples_follow_its_prime_and_its_limits_and_change_nothing() -> None:
    corpus = Corpus.from_text(OWLS, "owls")
    plain = small(iterations=7, sample_every=3, sample_length=40, temperature=1.5)
    config = plain.replace(prime="the owl", top_k=4, top_p=0.9)
    events = run(config, corpus)
    samples = only(Sample, events)
    assert [sample.iteration for sample in samples] == [0, 3, 6]
    for sample in samples:
        assert (sample.prompt, sample.top_k, sample.top_p) == ("the owl", 4, 0.9)
    start = corpus.encode("the owl").tolist(), np.zeros(12)
    rng, model = np.random.default_rng([config.seed, 1]), build_model(config, corpus.vocab_size)
    drawn = islice(generate(model, start, rng, 1.5, 4, 0.9), 40)
    assert samples[0].text == corpus.decode(drawn)
    assert only(Step, events) == only(Step, run(plain, corpus))


def test_a_run_with_a_prime_that_the_text_does_not_have_is_refused_before_it_starts() -> None:
    with pytest.raises(ConfigError, match=r"^prime must have only characters of owls, not 'W'\.$"):
        train(small(prime="the oWl"), Corpus.from_text(OWLS, "owls"))


def test_samples_tell_how_they_were_drawn_and_older_ones_were_drawn_from_all() -> None:
    sample = Sample(iteration=3, text="owl", smooth_loss=1.0, temperature=0.5, top_k=3, top_p=0.9)
    row = sample.as_json()
    assert (row["top_k"], row["top_p"]) == (3, 0.9)
    assert event_from_json(row) == sample
    older = event_from_json({n: v for n, v in row.items() if not n.startswith("top_")})
    assert older == Sample(iteration=3, text="owl", smooth_loss=1.0, temperature=0.5)
    with pytest.raises(ValueError, match=r"Sample\.top_k cannot be 2\.5"):
        event_from_json({**row, "top_k": 2.5})


BAD = [
    ("top_k", -1, "top_k must be a whole number from 0 to 1,114,112, not -1."),
    ("top_k", 1.5, "top_k must be a whole number from 0 to 1,114,112, not 1.5."),
    ("top_k", 2**60, "top_k must be a whole number from 0 to 1,114,112, not 1152921504606846976."),
    ("top_k", "5", "top_k must be a whole number from 0 to 1,114,112, not '5'."),
    ("top_k", None, "top_k must be a whole number from 0 to 1,114,112, not None."),
    ("top_p", 0.0, "top_p must be a number above 0 and at most 1, not 0.0."),
    ("top_p", 1.01, "top_p must be a number above 0 and at most 1, not 1.01."),
    ("top_p", math.nan, "top_p must be a number above 0 and at most 1, not nan."),
    ("top_p", True, "top_p must be a number above 0 and at most 1, not True."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "sentence"), BAD)
def test_numbers_that_cannot_be_used_get_one_sentence(
    name: str, value: object, sentence: str
) -> None:
    for make in (SampleRequest, TrainConfig):
        with pytest.raises(ConfigError) as caught:
            make(**{name: value})
        assert str(caught.value) == sentence
        assert caught.value.field == name


def test_a_request_holds_numbers_of_their_types() -> None:
    request = SampleRequest("", 5.0, 1, 3.0, 1)  # type: ignore[arg-type]
    numbers = request.length, request.temperature, request.top_k, request.top_p
    assert numbers == (5, 1.0, 3, 1.0)
    assert list(map(type, numbers)) == [int, float, int, float]


def test_the_request_of_a_config_is_that_of_its_own_samples() -> None:
    config = TrainConfig(sample_length=7, temperature=0.5, top_k=3, top_p=0.8, prime="the\nowl")
    assert SampleRequest.of(config) == SampleRequest("the\nowl", 7, 0.5, 3, 0.8)
    assert SampleRequest.of(TrainConfig()) == SampleRequest()


def test_a_prime_must_be_of_the_text() -> None:
    vocabulary = Vocabulary("owls", tuple(sorted(set(OWLS))))
    for prime in ("", "the owl", "owl" * 300):
        check_prime(TrainConfig(prime=prime), vocabulary)
    for prime, char in (("the Owl", "'O'"), ("owl\n", r"'\n'"), ("\x1b[2J", r"'\x1b'")):
        with pytest.raises(ConfigError) as caught:
            check_prime(TrainConfig(prime=prime), vocabulary)
        assert str(caught.value) == f"prime must have only characters of owls, not {char}."
        assert caught.value.field == "prime"
