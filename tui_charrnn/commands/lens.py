"""`charrnn-tui lens`: what a net has learned, seen through a lens, as figures or as a picture."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tui_charrnn.commands.learned import FILE, checkpoint_in, typed_text
from tui_charrnn.commands.parsing import Parser, add_store_flag, listed
from tui_charrnn.engine.config import SPECS, FieldSpec
from tui_charrnn.engine.lenses.options import LAYER, LENSES, LONGEST_TEXT, UNIT

if TYPE_CHECKING:
    from tui_charrnn.engine.checkpoint import Checkpoint
    from tui_charrnn.engine.corpus import Corpus
    from tui_charrnn.engine.lenses.options import LensOptions
    from tui_charrnn.engine.lenses.subject import Subject
    from tui_charrnn.runs.store import RunRecord, RunStore
    from tui_charrnn.widgets.lenses.kinds import Kind

USAGE = "%(prog)s NAME RUN|FILE.npz [RUN|FILE.npz ...] [--text TEXT|-] [--format svg] ..."

DESCRIPTION = f"""\
Look into the newest checkpoint of a run, also of one that still trains, or into a checkpoint in a
file. RUN is an id or a name: see `charrnn-tui runs`. Several stand above each other.
NAME is one of {listed(LENSES)}.
Without --text, the net reads a passage of its own text, or where that cannot be found, what it
writes itself."""

EXAMPLES = """\
examples:
  charrnn-tui lens surprise rnn-3 gru-4 --text 'The owl saw the fox.'
  charrnn-tui lens neurons 17 --reacts-to quotes --format svg --out neurons.svg
  charrnn-tui lens play large.npz --text 'Once ' --length 80 --top-k 5 --format json
"""

TEXT, JSON, SVG = FORMATS = "text", "json", "svg"

PLAIN_WIDTH: Final = 100
"""Columns of a picture that no terminal shows."""

WIDTH: Final = FieldSpec(
    "width", int, PLAIN_WIDTH, "columns of a picture", unit="columns", minimum=40, maximum=500
)
LENGTH: Final = replace(
    SPECS["sample_length"], name="length", maximum=LONGEST_TEXT, help="characters to draw"
)
SEED: Final = replace(SPECS["seed"], default=0, help="of the text that is drawn")
DRAWING: Final = {
    "length": LENGTH,
    "temperature": replace(SPECS["temperature"], help="0: always the likeliest character"),
    "top_k": SPECS["top_k"],
    "top_p": SPECS["top_p"],
}
"""How text is drawn: by default as a run draws its own."""


def add(commands: Any) -> None:
    """Add the command."""
    lens: Parser = commands.add_parser(
        "lens",
        help="look into a net: as a picture or as figures",
        usage=USAGE,
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    lens.add_argument("name", metavar="NAME", help="of the lens")
    lens.add_argument("runs", metavar="RUN|FILE.npz", nargs="+", help="id, name, checkpoint file")
    _add_text_flags(lens)
    out = lens.add_argument_group("output")
    out.add_argument(
        "--format", metavar="|".join(FORMATS), default=TEXT, help="default a picture of text"
    )
    out.add_argument("--out", metavar="FILE|-", default="-", help="default: standard output")
    whole = "default that of the terminal"
    out.add_argument("--width", metavar="N", help=f"{WIDTH.explanation}; {whole}")
    which = lens.add_argument_group("what is looked into")
    which.add_argument("--best", action="store_true", help="the weights of the best validation")
    which.add_argument("--layer", metavar="N", help=f"{LAYER.explanation}, default 1")
    which.add_argument("--unit", metavar="N", help=UNIT.explanation)
    which.add_argument(
        "--reacts-to",
        metavar="REGEX|quotes|line|upper|vowel",
        default="",
        help="neurons: search for the units that react to this",
    )
    add_store_flag(lens)
    lens.set_defaults(command=partial(_lens, lens))


def _add_text_flags(lens: Parser) -> None:
    """Add what says which text is read or drawn."""
    text = lens.add_argument_group("text")
    source = text.add_mutually_exclusive_group()
    source.add_argument(
        "--text",
        metavar="TEXT|-",
        help=f"what the nets read (-: standard input, without its last line end), at the most "
        f"{LONGEST_TEXT:,} characters; play: the prompt",
    )
    source.add_argument("--corpus", metavar="NAME|PATH", help="read a passage of this text")
    source.add_argument(
        "--generated", action="store_true", help="read what the (first) net writes itself"
    )
    own = "default as the run's own samples"
    drawing = lens.add_argument_group("drawing, for play and --generated")
    for name, spec in DRAWING.items():
        kind = {int: "N", float: "X"}[spec.kind]
        flag = f"--{name.replace('_', '-')}"
        drawing.add_argument(flag, metavar=kind, help=f"{spec.explanation}, {own}")
    drawing.add_argument("--seed", metavar="N", help=f"{SEED.explanation}, default {SEED.default}")


@dataclass(frozen=True, slots=True)
class _Net:
    """A net that is asked for: what it has learned, and its run, unless it comes from a file."""

    subject: Subject
    checkpoint: Checkpoint
    run: RunRecord | None
    options: LensOptions


def _lens(parser: Parser, arguments: argparse.Namespace) -> int:
    from tui_charrnn.engine.memory import NO_MEMORY  # noqa: PLC0415 - other commands stay quick
    from tui_charrnn.runs.exit_codes import FAILED  # noqa: PLC0415
    from tui_charrnn.runs.host import limit_blas  # noqa: PLC0415
    from tui_charrnn.runs.jsonl import OutputError  # noqa: PLC0415
    from tui_charrnn.runs.store import StoreError  # noqa: PLC0415

    limit_blas()
    try:
        _show(parser, arguments)
    except (StoreError, ValueError) as error:
        parser.error(str(error))
    except MemoryError:
        parser.fail(NO_MEMORY, FAILED)
    except OutputError as error:
        if error.gone:
            raise BrokenPipeError from None
        parser.error(f"{error}.")
    return 0


def _show(parser: Parser, arguments: argparse.Namespace) -> None:
    """Look, and write what is seen.

    Raises:
        ValueError: if anything that was given cannot be used.
        StoreError: if a run cannot be read.
        OutputError: if the output cannot be written.
    """
    from tui_charrnn.runs.lenses import export  # noqa: PLC0415

    kind = _kind(arguments.name)
    if arguments.format not in FORMATS:
        raise ValueError(f"--format must be {TEXT}, {JSON} or {SVG}, not {arguments.format!r}.")
    width = _width(arguments)
    _check_out(arguments)
    nets = _nets(arguments, kind)
    text = _text(parser, arguments, kind, nets)
    for net in nets:
        net.subject.vocabulary.encode(text)
    seen = [(net.subject, kind.compute(net.subject, text, net.options)) for net in nets]
    if arguments.format == JSON:
        subjects = [subject for subject, _ in seen]
        plain = [result.as_json() for _, result in seen]
        document = export.document(arguments.name, text, subjects, plain)
        export.write(export.json_of(document), arguments.out)
        return
    lines = kind.picture([(subject.name, result) for subject, result in seen], width)
    if arguments.format == SVG:
        title = export.title_of(arguments.name, [net.subject for net in nets])
        export.write(export.svg_of(lines, width, title), arguments.out)
    else:
        export.print_lines(lines, width, arguments.out)


def _kind(name: str) -> Kind:
    """Return a lens.

    Raises:
        ValueError: naming those that there are.
    """
    from tui_charrnn.widgets.lenses.kinds import KINDS  # noqa: PLC0415

    if name not in KINDS:
        raise ValueError(f"There is no lens {name!r}; the lenses are {listed([*KINDS])}.")
    return KINDS[name]


def _width(arguments: argparse.Namespace) -> int:
    if arguments.width is not None:
        return int(WIDTH.parse(arguments.width))
    if arguments.format != TEXT or arguments.out != "-" or not sys.stdout.isatty():
        return PLAIN_WIDTH
    columns = shutil.get_terminal_size().columns
    return min(max(columns, int(WIDTH.minimum or 0)), int(WIDTH.maximum or columns))


def _check_out(arguments: argparse.Namespace) -> None:
    """Refuse to write over what is read.

    Raises:
        ValueError: saying so.
    """
    from tui_charrnn.runs.store.opening import is_the_store  # noqa: PLC0415

    out = os.path.expanduser(arguments.out)
    if is_the_store(out, arguments.store):
        raise ValueError(f"--out would overwrite the run store {out}.")
    for name in filter(_is_file, arguments.runs):
        path = os.path.expanduser(name)
        if os.path.exists(path) and os.path.exists(out) and os.path.samefile(path, out):
            raise ValueError(f"--out would overwrite the checkpoint {name}.")


def _is_file(reference: str) -> bool:
    return reference.endswith(FILE)


def _nets(arguments: argparse.Namespace, kind: Kind) -> list[_Net]:
    """Load the nets.

    Raises:
        StoreError: if there is no such run, or no checkpoint of it.
        ValueError: if a file is no checkpoint, if there are no best weights, or for a number that
            cannot be used.
    """
    from tui_charrnn.runs.store import RunStore  # noqa: PLC0415

    if all(map(_is_file, arguments.runs)):
        return [_from_file(arguments, name) for name in arguments.runs]
    with RunStore.open(arguments.store, create=False, read_only=True) as store:
        return [
            _from_file(arguments, reference)
            if _is_file(reference)
            else _from_store(arguments, store, reference, kind)
            for reference in arguments.runs
        ]


def _from_file(arguments: argparse.Namespace, file: str) -> _Net:
    from tui_charrnn.engine.lenses.subject import Subject  # noqa: PLC0415

    checkpoint = checkpoint_in(file)
    subject = Subject.of(Path(file).stem, checkpoint, best=arguments.best)
    return _Net(subject, checkpoint, None, _options(arguments, checkpoint))


def _from_store(arguments: argparse.Namespace, store: RunStore, reference: str, kind: Kind) -> _Net:
    from tui_charrnn.engine.lenses.subject import Subject  # noqa: PLC0415

    run = store.find(reference)
    checkpoint = store.checkpoint(run.id)
    subject = Subject.of(run.name, checkpoint, best=arguments.best)
    moments = store.events_of(run.id, *kind.events, first=checkpoint.events)
    options = replace(_options(arguments, checkpoint), moments=tuple(moments))
    return _Net(subject, checkpoint, run, options)


def _options(arguments: argparse.Namespace, checkpoint: Checkpoint) -> LensOptions:
    """Return what the flags ask for; text is drawn as the run draws its own, where none says.

    Raises:
        ConfigError: for a number that cannot be used with this net.
    """
    from tui_charrnn.engine.control import SampleRequest  # noqa: PLC0415
    from tui_charrnn.engine.lenses.options import LensOptions  # noqa: PLC0415

    request = SampleRequest.of(checkpoint.config)
    given = {name: _number(spec, getattr(arguments, name), None) for name, spec in DRAWING.items()}
    length = min(request.length, LONGEST_TEXT)
    numbers = {"length": length} | {name: n for name, n in given.items() if n is not None}
    prompt = request.prompt if arguments.text is None else ""
    options = LensOptions(
        layer=_number(LAYER, arguments.layer, LAYER.default),
        unit=_number(UNIT, arguments.unit, None),
        reacts_to=arguments.reacts_to,
        request=replace(request, prompt=prompt, **numbers),
        seed=_number(SEED, arguments.seed, SEED.default),
    )
    options.check(checkpoint.config)
    return options


def _number(spec: FieldSpec, given: str | None, default: Any) -> Any:
    return default if given is None else spec.parse(given)


def _text(parser: Parser, arguments: argparse.Namespace, kind: Kind, nets: list[_Net]) -> str:
    """Return the text that the nets read; what was not given is told of.

    Raises:
        ValueError: if it is too long or cannot be had.
    """
    from tui_charrnn.engine.lenses.options import check_text  # noqa: PLC0415
    from tui_charrnn.runs.catalogue import load_corpus  # noqa: PLC0415

    if arguments.text is not None:
        text = typed_text(arguments.text, "text", LONGEST_TEXT)
        check_text(text)
        if kind.needs_text and not text:
            raise ValueError("The text must have at least 1 character, not 0.")
        return text
    if arguments.corpus is not None:
        return _passage(parser, load_corpus(arguments.corpus), nets)
    if arguments.generated:
        return _generated(parser, nets, "")
    if not kind.needs_text:
        return ""
    try:
        corpus = _own_corpus(nets[0])
    except ValueError as error:
        return _generated(parser, nets, str(error))
    return _passage(parser, corpus, nets)


def _own_corpus(net: _Net) -> Corpus:
    """Load the text that a run has learned from.

    Raises:
        CorpusError: if it cannot be found, or is another one now.
    """
    from tui_charrnn.engine.errors import CorpusError  # noqa: PLC0415
    from tui_charrnn.runs.catalogue import catalogue, load_corpus  # noqa: PLC0415
    from tui_charrnn.runs.lenses.texts import check_is, text_of  # noqa: PLC0415

    if net.run is not None:
        return text_of(net.run)
    name = net.checkpoint.text
    if name not in catalogue():
        raise CorpusError(f"The checkpoint does not say where {name} is.")
    corpus = load_corpus(name)
    check_is(corpus, net.checkpoint.sha256)
    return corpus


def _passage(parser: Parser, corpus: Corpus, nets: list[_Net]) -> str:
    from tui_charrnn.screens.lenses.passages import Passages  # noqa: PLC0415

    taken = Passages().take(corpus, [net.subject for net in nets])
    parser.warn(f"The text is a passage: {taken.described}.")
    return taken.text


def _generated(parser: Parser, nets: list[_Net], why: str) -> str:
    """Return a text that the first net generates.

    Raises:
        ValueError: if it cannot.
    """
    from tui_charrnn.engine.lenses.play import compute  # noqa: PLC0415

    first = nets[0]
    drawing = compute(first.subject, "", first.options)
    told = f"The text was generated by {first.subject.name}"
    parser.warn(f"{told}, since its own cannot be had: {why}" if why else f"{told}.")
    return drawing.prompt + drawing.text
