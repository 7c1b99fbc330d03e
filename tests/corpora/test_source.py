"""A choice is told from the text alone, or refused."""

import pytest

from corpora.grammars.source import GrammarError, Options, Reader, Source, Writer, plain
from corpora.grammars.template import Grammar, Lexicon, plural, with_article


def weather(source: Source) -> list[str]:
    words = Options(("sun", "rain"), ("sun", "rain"), (3, 1))
    said = []
    while source.pick(plain(".", " ")) == " ":
        said.append(source.pick(words))
    return said


def test_options_that_begin_alike_are_refused() -> None:
    with pytest.raises(GrammarError, match="'cat' cannot be told from the beginning of 'cattle'"):
        plain("dog", "cattle", "cat")
    with pytest.raises(GrammarError, match="''"):
        plain("", "word")
    with pytest.raises(GrammarError, match="'cat'"):
        plain("cat", "cat")
    plain("cat ", "cattle ")


def test_reading_gives_the_choices_back_and_what_they_cost() -> None:
    writer = Writer(seed=5)
    said = [weather(writer) for _ in range(50)]
    reader = Reader(writer.text)
    assert [weather(reader) for _ in range(50)] == said
    assert reader.finished
    assert reader.bits == writer.bits > 50


def test_bits_are_those_of_the_weights() -> None:
    reader = Reader(" rain sun.")
    assert weather(reader) == ["rain", "sun"]
    assert reader.bits == pytest.approx(3 + 2 + 0.4150374992788438)  # 3 ends, 1/4 and 3/4


def test_draws_follow_the_weights() -> None:
    writer = Writer(seed=1)
    options = Options("ab", "ab", (9, 1))
    drawn = [writer.pick(options) for _ in range(10_000)]
    assert 0.88 < drawn.count("a") / len(drawn) < 0.92


@pytest.mark.parametrize("text", [" fog.", " sun", " sun rain?"])
def test_what_the_grammar_cannot_say_is_not_read(text: str) -> None:
    reader = Reader(text)
    with pytest.raises(GrammarError, match="0 options fit"):
        weather(reader)


def test_a_slot_keeps_its_word_and_does_not_use_one_twice() -> None:
    grammar = Grammar(
        {"animals": Lexicon("ape bee")}, {"meet": ("[a animals=one] met [a animals=two]: {one}",)}
    )
    for seed in range(20):
        writer = Writer(seed)
        grammar.tell(writer, "meet", {})
        assert writer.text in ("an ape met a bee: ape", "a bee met an ape: bee")
        assert writer.bits == 1.0  # the second animal is no choice any more


def test_sentences_of_a_rule_must_begin_differently() -> None:
    lexicons = {"animals": Lexicon("ape bee")}
    with pytest.raises(GrammarError, match="'The '"):
        Grammar(lexicons, {"meet": ("The [animals] slept.", "The old [animals] slept.")})
    late = Grammar(lexicons, {"meet": ("{who} [animals].", "{who} old [animals].")})
    with pytest.raises(GrammarError, match="'My '"):
        late.tell(Writer(1), "meet", {"who": "My"})


def test_articles_and_plurals() -> None:
    assert [with_article(word) for word in ("old hat", "hourglass", "hat", "useful hat")] == [
        "an old hat",
        "an hourglass",
        "a hat",
        "a useful hat",
    ]
    assert [plural(word) for word in ("cherry", "fox", "knife", "day", "postman", "mouse")] == [
        "cherries",
        "foxes",
        "knives",
        "days",
        "postmen",
        "mice",
    ]
