"""Play: every character is drawn as the definition says, and a fork shares what is before it."""

from __future__ import annotations

import json
from itertools import islice

import numpy as np
import pytest

from tests import naive_sampling
from tests.engine.support import lively_model, small
from tui_charrnn.engine import ConfigError, SampleRequest
from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.engine.lenses.play import (
    MOST_DRAWN,
    MOST_TEXTS,
    SHOWN,
    Drawing,
    Texts,
    compute,
)
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.registry import zero_state
from tui_charrnn.engine.sampling import cold_start, generate
from tui_charrnn.engine.vocabulary import Vocabulary

CHARS = tuple("\n abcdefg\udcff☃")
NETS = [("rnn", 1), ("gru", 2), ("lstm", 1), ("lstm", 3)]

REQUESTS = [
    SampleRequest(temperature=1.0),
    SampleRequest(temperature=0.0),
    SampleRequest(temperature=2.5, top_k=4),
    SampleRequest(temperature=0.7, top_p=0.6),
    SampleRequest(temperature=1.3, top_k=6, top_p=0.8),
]


def subject(cell: str = "gru", layers: int = 1, **changes: object) -> Subject:
    model = lively_model(small(cell=cell, layers=layers, **changes), len(CHARS))
    return Subject("owl", model, Vocabulary("owls", CHARS), 40)


def drawn(drawing: Drawing, count: int, request: SampleRequest = REQUESTS[0]) -> Drawing:
    for _ in range(count):
        drawing.draw(request)
    return drawing


def read_again(net: Subject, text: str) -> tuple[np.ndarray, np.ndarray]:
    """Return logits and state after a text that is read from the beginning."""
    state = zero_state(net.model.config)
    for identifier in net.vocabulary.encode(text):
        logits, state = net.model.step(int(identifier), state)
    return logits, state


@pytest.mark.parametrize(("cell", "layers"), NETS)
@pytest.mark.parametrize("request_", REQUESTS)
def test_text_is_what_the_sampler_draws_with_the_same_seed(cell, layers, request_) -> None:
    net, rng = subject(cell, layers), np.random.default_rng(7)
    start = cold_start(net.vocabulary, "cab", zero_state(net.model.config), rng)
    numbers = request_.temperature, request_.top_k, request_.top_p
    expected = net.vocabulary.decode(islice(generate(net.model, start, rng, *numbers), 60))
    drawing = drawn(Drawing(net, "cab", 7), 60, request_)
    assert drawing.text == expected
    assert drawn(Drawing(net, "cab", 7), 60, request_).text == expected
    if request_.temperature:
        assert drawn(Drawing(net, "cab", 8), 60, request_).text != expected


def test_without_a_prompt_a_random_character_is_read_that_is_not_shown() -> None:
    net, rng = subject(), np.random.default_rng(3)
    first = CHARS[int(rng.integers(len(CHARS)))]
    drawing = drawn(Drawing(net, "", 3), 30)
    assert (drawing.first, drawing.prompt) == (first, "")
    start = net.vocabulary.encode(first).tolist(), zero_state(net.model.config)
    stream = generate(net.model, start, rng, 1.0, 0, 1.0)
    assert drawing.text == net.vocabulary.decode(islice(stream, 30))
    assert Drawing(net, "a", 3).first == ""
    assert {Drawing(net, "", seed).first for seed in range(40)} > {"a", "b"}


@pytest.mark.parametrize(("cell", "layers"), NETS)
def test_every_character_tells_its_probability_and_the_likeliest(cell, layers) -> None:
    net = subject(cell, layers)
    drawing = Drawing(net, "abc")
    for place in range(40):
        request = REQUESTS[place % len(REQUESTS)]  # they may change from one to the next
        logits, _ = read_again(net, "abc" + drawing.text)
        numbers = request.temperature, request.top_k, request.top_p
        chances = naive_sampling.distribution(logits.tolist(), *numbers)
        order = naive_sampling.likeliest_first(logits.tolist())[:SHOWN]
        shown = drawing.likeliest(request)
        new = drawing.draw(request)
        assert new.likeliest == shown
        assert [char for char, _ in shown] == [CHARS[i] for i in order]
        assert [chance for _, chance in shown] == pytest.approx([chances[i] for i in order])
        assert new.probability == pytest.approx(chances[CHARS.index(new.char)])
        assert new.probability > 0
        assert (new.request, new.chosen) == (request, False)
        assert drawing.drawn[-1] is new


@pytest.mark.parametrize(("cell", "layers"), NETS)
def test_a_fork_stands_where_reading_again_would_lead(cell, layers) -> None:
    net = subject(cell, layers)
    drawing = drawn(Drawing(net, "cab"), 20)
    for place in range(21):
        fork = drawing.fork(place)
        assert (fork.prompt, fork.text) == ("cab", drawing.text[:place])
        assert all(ours is theirs for ours, theirs in zip(fork.drawn, drawing.drawn, strict=False))
        logits, state = read_again(net, "cab" + fork.text)
        np.testing.assert_array_equal(fork.moment(place).logits, logits)
        np.testing.assert_array_equal(fork.moment(place).state, state)
        drawn(fork, 3)
        logits, state = read_again(net, "cab" + fork.text)
        np.testing.assert_array_equal(fork.moment(place + 3).logits, logits)
        np.testing.assert_array_equal(fork.moment(place + 3).state, state)


def test_forks_draw_otherwise_and_leave_the_old_text_as_it_was() -> None:
    net = subject()
    alone = drawn(Drawing(net, "a", 5), 80)
    drawing = drawn(Drawing(net, "a", 5), 40)
    forks = [drawn(drawing.fork(10), 70) for _ in range(2)]
    assert drawing.text == alone.text[:40]
    assert drawn(drawing, 40).text == alone.text
    texts = {alone.text, *(fork.text for fork in forks)}
    assert len(texts) == 3
    assert {text[:10] for text in texts} == {alone.text[:10]}
    again = drawn(Drawing(net, "a", 5), 10)
    assert [drawn(again.fork(10), 70).text for _ in range(2)] == [fork.text for fork in forks]
    assert len(drawn(forks[0].fork(30), 20).text) == 50


def test_nothing_in_the_net_changes() -> None:
    net = subject()
    before = net.model.weights.flat.copy()
    drawing = drawn(Drawing(net, "abc"), 5)
    states = [drawing.moment(place).state.copy() for place in range(6)]
    drawn(drawing.fork(2), 30)
    drawn(drawing, 30)
    np.testing.assert_array_equal(net.model.weights.flat, before)
    for place, state in enumerate(states):
        np.testing.assert_array_equal(drawing.moment(place).state, state)


def test_a_person_may_choose_a_character() -> None:
    net, request = subject(), SampleRequest(temperature=0.8, top_k=2)
    drawing = drawn(Drawing(net, "abc"), 4)
    chances = dict(drawing.likeliest(request))
    assert sorted(chance > 0 for chance in chances.values()) == [False] * 3 + [True] * 2
    for char, chance in chances.items():
        fork = drawing.fork(4)
        new = fork.choose(char, request)
        assert (new.char, new.probability, new.chosen) == (char, chance, True)
        logits, _ = read_again(net, "abc" + drawing.text + char)
        np.testing.assert_array_equal(fork.moment(5).logits, logits)
    with pytest.raises(ValueError, match="The character 'x' does not occur in owls"):
        drawing.choose("x", request)
    assert len(drawing.drawn) == 4


def test_choosing_takes_nothing_of_the_chance_of_what_follows() -> None:
    net = subject()
    drawing = drawn(Drawing(net, "a", 2), 1)
    same = Drawing(net, "a", 2)
    same.choose(drawing.text, REQUESTS[0])
    rng = np.random.default_rng(2)
    start = net.vocabulary.encode("a" + drawing.text).tolist(), zero_state(net.model.config)
    expected = net.vocabulary.decode(islice(generate(net.model, start, rng, 1.0, 0, 1.0), 20))
    assert drawn(same, 20).text[1:] == expected


def test_a_text_has_an_end() -> None:
    drawing = drawn(Drawing(subject(hidden_size=2), "abc"), MOST_DRAWN)
    assert (len(drawing.text), drawing.is_full) == (2000, True)
    for another in (lambda: drawing.draw(REQUESTS[0]), lambda: drawing.choose("a", REQUESTS[0])):
        with pytest.raises(ValueError, match="At the most 2,000 characters are drawn"):
            another()
    fork = drawing.fork(MOST_DRAWN - 1)
    assert not fork.is_full
    assert len(drawn(fork, 1).drawn) == MOST_DRAWN


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [
        ("a" * 2001, "The text must have at most 2,000 characters, not 2,001."),
        ("abx", "The character 'x' does not occur in owls."),
    ],
)
def test_a_prompt_is_checked(prompt: str, sentence: str) -> None:
    with pytest.raises(ValueError, match="^" + sentence.replace(".", r"\.") + "$"):
        Drawing(subject(), prompt)


def test_weights_without_sense_are_drawn_from_all_the_same() -> None:
    net = subject()
    net.model.weights.flat[:] = np.nan
    drawing = drawn(Drawing(net, "abc"), 20)
    assert all(0 <= each.probability <= 1 for each in drawing.drawn)
    json.dumps(drawing.as_json(), allow_nan=False)


def test_all_is_told_as_json() -> None:
    request = SampleRequest(temperature=1.5, top_k=3, top_p=0.9)
    drawing = drawn(Drawing(subject(), "☃\udcff", 4), 3, request)
    drawing.choose("\udcff", request)
    told = json.loads(json.dumps(drawing.as_json(), allow_nan=False))
    assert (told["prompt"], told["first"], told["seed"]) == ("☃\udcff", "", 4)
    assert told["text"] == drawing.text == "".join(row["character"] for row in told["drawn"])
    assert [row["chosen"] for row in told["drawn"]] == [False] * 3 + [True]
    for row, each in zip(told["drawn"], drawing.drawn, strict=True):
        assert row["probability"] == each.probability
        assert (row["temperature"], row["top_k"], row["top_p"]) == (1.5, 3, 0.9)
        shown = [(chance["character"], chance["probability"]) for chance in row["likeliest"]]
        assert shown == [*each.likeliest]


def test_the_command_draws_as_long_as_it_is_asked_to() -> None:
    net, request = subject(), SampleRequest(prompt="bad", length=33, temperature=0.9)
    drawing = compute(net, "abc", LensOptions(request=request, seed=6))
    assert drawing.prompt == "abc"
    assert drawing.text == drawn(Drawing(net, "abc", 6), 33, request).text
    assert compute(net, "", LensOptions(request=request)).prompt == "bad"


def test_options_that_a_net_cannot_meet() -> None:
    config = small(layers=2, hidden_size=12)
    LensOptions(layer=2, unit=11).check(config)
    for options, sentence in (
        (LensOptions(layer=3), "layer must be from 1 to 2 for this net, not 3."),
        (LensOptions(unit=12), "unit must be from 0 to 11 for this net, not 12."),
        (LensOptions(layer=0), "layer must be a whole number from 1 to 3, not 0."),
        (LensOptions(unit=-1), "unit must be a whole number of at least 0, not -1."),
    ):
        with pytest.raises(ConfigError) as raised:
            options.check(config)
        assert sentence in str(raised.value)
    with pytest.raises(ConfigError, match="layer must be 1 for this net, not 2"):
        LensOptions(layer=2).check(small())


def test_old_texts_can_be_got_back() -> None:
    first = drawn(Drawing(subject(), "a"), 10)
    texts = Texts(first)
    second = texts.fork(4)
    assert (texts.current, texts.number, texts.all) == (second, 2, [first, second])
    assert second.text == first.text[:4]
    drawn(second, 5)
    third = texts.fork(8)
    assert third.text == second.text[:8]
    assert texts.turn(-1) is second
    assert texts.turn(-1) is first
    assert texts.turn(-1) is third
    assert texts.turn(1) is first
    for _ in range(MOST_TEXTS):
        texts.fork(2)
    assert len(texts.all) == MOST_TEXTS
    assert first not in texts.all
    assert texts.number == MOST_TEXTS
