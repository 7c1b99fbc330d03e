"""What is looked at: which nets, how often, with which text; no screen, no thread."""

from __future__ import annotations

import pytest

from tests.screens.lenses.support import CORPUS, Clock, ScriptedNets, both, subject
from tui_charrnn.engine import Corpus, TrainConfig
from tui_charrnn.engine.corpus import CorpusError
from tui_charrnn.engine.parts import parts
from tui_charrnn.screens.lenses import passages
from tui_charrnn.screens.lenses.looking import LOST, Looking


def looking(*subjects, live: bool = True, corpus=CORPUS) -> tuple[Looking, ScriptedNets, Clock]:
    clock, nets = Clock(), ScriptedNets(*subjects, live=live)
    return Looking(nets, corpus, clock=clock), nets, clock


# how often


def test_a_net_that_trains_is_left_alone_for_twenty_times_as_long_as_a_look_takes() -> None:
    found, nets, clock = looking(subject("gru"))
    assert found.refresh()
    found.seen(took=0.5)
    clock.now = 9.99
    assert not found.refresh()
    assert nets.asked == 1
    clock.now = 10
    found.refresh()
    assert nets.asked == 2


def test_and_for_two_seconds_at_least() -> None:
    found, nets, clock = looking(subject("gru"))
    found.refresh()
    found.seen(took=0.001)
    clock.now = 1.99
    found.refresh()
    assert nets.asked == 1
    clock.now = 2
    found.refresh()
    assert nets.asked == 2


def test_what_the_copy_took_counts_as_well() -> None:
    found, nets, clock = looking()
    found.refresh()
    clock.now = 1.1  # a second, and until somebody looks
    nets.subjects = (subject("gru"),)
    assert found.refresh()
    found.seen(took=0.5)
    clock.now = 1.1 + 20 * 1.5 - 0.01
    found.refresh()
    assert nets.asked == 1
    clock.now = 1.1 + 20 * 1.5 + 0.01
    found.refresh()
    assert nets.asked == 2
    found.seen(took=0.5)  # of something else: no copy has come
    clock.now += 10.01
    found.refresh()
    assert nets.asked == 3


def test_the_next_copy_is_asked_for_when_the_last_was_shown() -> None:
    found, nets, clock = looking(subject("gru"))
    found.refresh()
    for clock.now in (3, 6, LOST - 0.1):
        found.refresh()  # the one that was asked for has not come
    assert nets.asked == 1
    clock.now = LOST
    found.refresh()  # it will not come any more
    assert nets.asked == 2


def test_who_holds_the_picture_asks_for_nothing_and_sees_nothing_new() -> None:
    found, nets, clock = looking(subject("gru"))
    assert found.refresh()
    found.prepare()
    found.seen(0)
    found.follows, clock.now = False, 100
    nets.train(10)
    assert not found.refresh()
    assert nets.asked == 1
    found.follows = True
    assert found.refresh()
    assert found.prepare()[0][0].iteration == 410


def test_a_net_that_is_held_before_it_was_seen_is_seen_once() -> None:
    found, nets, _ = looking(live=True)
    found.follows = False
    assert not found.refresh()
    nets.subjects = (subject("gru"),)
    assert found.refresh()
    assert not found.refresh()


def test_a_net_that_has_ended_is_asked_for_nothing() -> None:
    found, nets, _ = looking(subject("gru"), live=False)
    assert found.refresh()
    assert nets.asked == 0


def test_who_holds_the_picture_until_the_run_is_over_can_still_see_the_last_net() -> None:
    found, nets, _ = looking(subject("gru"))
    found.refresh()
    found.follows = False
    nets.train(10)
    nets.live = False
    assert not found.refresh()
    found.follows = True
    assert found.refresh()
    assert found.prepare()[0][0].iteration == 410


# which nets


def test_a_net_is_made_ready_once() -> None:
    found, nets, _ = looking(*both())
    found.refresh()
    first, _ = found.prepare()
    assert found.prepare()[0] == first == nets.subjects
    rnn, _ = nets.subjects
    nets.subjects = (rnn, subject("GRU", iteration=500))
    assert found.refresh()
    second, _ = found.prepare()
    assert second[0] is first[0]
    assert second[1].iteration == 500


def test_without_a_net_that_is_said() -> None:
    found, _, _ = looking()
    found.refresh()
    assert not found.has_nets
    with pytest.raises(ValueError, match=r"^There is no net to look into yet\.$"):
        found.prepare()


def test_nothing_is_waited_for_once_a_run_has_ended_without_a_net() -> None:
    found, nets, _ = looking()
    found.refresh()
    assert not found.is_empty  # it may come
    nets.live = False
    found.refresh()
    assert found.is_empty


def test_a_net_that_was_seen_stays_when_its_run_leaves_none() -> None:
    found, nets, _ = looking(subject("gru"))
    found.refresh()
    before, _ = found.prepare()
    nets.live, nets.subjects = False, ()
    assert not found.refresh()
    assert not found.is_empty
    found.type("the owl")
    assert found.prepare()[0] == before


def test_copies_are_let_go_when_nobody_looks_any_more() -> None:
    found, nets, _ = looking(subject("gru"))
    found.refresh()
    assert nets.dropped == 0
    found.close()
    assert nets.dropped == 1


# which text


def test_the_first_text_is_the_beginning_of_what_is_held_out() -> None:
    found, nets, _ = looking(subject("gru"))
    found.refresh()
    subjects, text = found.prepare()
    _, held_out = parts(subjects[0].model.config, CORPUS)
    assert text.text == CORPUS.decode(held_out)[:1000]
    assert text.origin == "held-out part of owls from its character 1"
    assert found.prepare()[1] is text  # it stays, with every new net
    nets.train(1)
    found.refresh()
    assert found.prepare()[1] is text


def test_passages_go_through_the_held_out_part_then_the_rest_and_round() -> None:
    corpus = Corpus.from_text("".join(f"{n:04}\n" for n in range(1500)), "numbers")  # 7,500 chars
    net = subject("gru")
    taken = passages.Passages()
    found = [taken.take(corpus, [net]) for _ in range(8)]
    training, held_out = parts(net.model.config, corpus)
    assert (len(training), len(held_out)) == (6750, 750)
    assert found[0].text == corpus.decode(held_out)
    assert found[0].origin == "held-out part of numbers from its character 1"
    starts = [text.origin for text in found[1:7]]
    assert starts == [
        f"training part of numbers from its character {n:,}" for n in range(6, 5007, 1000)
    ]
    assert all(len(text.text) == 1000 and text.text[4] == "\n" for text in found[1:7])
    assert found[1].text.startswith("0001")  # that begins with a line
    assert found[7] == found[0]
    assert found[0].described == f"{found[0].origin}, 750 characters"


def test_a_text_of_which_nothing_can_be_held_out_is_a_passage_as_a_whole() -> None:
    corpus = Corpus.from_text("the owl saw the fox", "tiny")
    text = passages.Passages().take(corpus, [subject("gru")])
    assert text.text == "the owl saw the fox"
    assert text.origin == "training part of tiny from its character 1"


def test_a_typed_text_wins_until_another_is_chosen() -> None:
    found, _, _ = looking(subject("gru"))
    found.refresh()
    found.take_passage()
    found.type("the owl")
    assert found.prepare()[1].described == "typed, 7 characters"
    assert found.prepare()[1].text == "the owl"
    found.take_passage()
    assert found.prepare()[1].origin.startswith("held-out part")


def test_a_generated_text_is_drawn_as_the_run_draws_its_own() -> None:
    net = subject("gru")
    config = net.model.config.replace(temperature=0.0, prime="The f")
    net.model.config = config
    found, _, _ = looking(net, corpus=None)
    found.refresh()
    text = found.prepare()[1]  # there is no corpus
    assert len(text.text) == 500 + len("The f")
    assert text.text.startswith("The f")
    assert text.origin == "generated by gru at temperature 0"
    pairs = set(zip(text.text[5:], text.text[6:], strict=False))
    assert all(len({b for a, b in pairs if a == char}) <= 1 for char, _ in pairs)  # temperature 0


def test_each_generated_text_is_another() -> None:
    found, _, _ = looking(subject("gru"))
    found.refresh()
    found.generate()
    first = found.prepare()[1]
    found.generate()
    second = found.prepare()[1]
    assert len(first.text) == len(second.text) == 500
    assert first.text != second.text


def test_a_corpus_that_cannot_be_had_is_replaced_by_a_generated_text() -> None:
    def gone() -> Corpus:
        raise CorpusError("There is no file owls.txt.")

    found, _, _ = looking(subject("gru"), corpus=gone)
    assert found.has_corpus
    found.refresh()
    assert found.prepare()[1].origin.endswith("at temperature 1; There is no file owls.txt.")
    assert not found.has_corpus


def test_a_corpus_is_loaded_when_it_is_needed() -> None:
    loaded = []
    found, _, _ = looking(subject("gru"), corpus=lambda: loaded.append(1) or CORPUS)
    found.refresh()
    assert (found.corpus, loaded) == (None, [])
    found.prepare()
    found.take_passage()
    found.prepare()
    assert (found.corpus, loaded) == (CORPUS, [1])


def test_generating_is_broken_off_when_nobody_looks_any_more() -> None:
    found, _, _ = looking(subject("gru"), corpus=None)
    found.refresh()
    found.close()
    with pytest.raises(ValueError, match=r"^The text was not generated to its end\.$"):
        found.prepare()


def test_what_is_held_out_is_that_of_the_first_net() -> None:
    net = subject("gru")
    net.model.config = TrainConfig(
        hidden_size=net.model.config.hidden_size, validation_fraction=0.5
    )
    text = passages.Passages().take(CORPUS, [net])
    assert text.text in CORPUS.decode(CORPUS.split(0.5)[1])
    assert text.text not in CORPUS.decode(CORPUS.split(0.1)[1])
