"""`charrnn-tui sample`: text drawn from what a run has learned."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from tui_charrnn.commands.learned import checkpoint_of, typed_text
from tui_charrnn.commands.parsing import Parser, add_store_flag
from tui_charrnn.engine.config import SPECS, FieldSpec
from tui_charrnn.safe_text import last_start, safe

if TYPE_CHECKING:
    from tui_charrnn.engine.checkpoint import Checkpoint

USAGE = "%(prog)s RUN|FILE.npz [--prompt TEXT|-] [--length N] ..."

DESCRIPTION = """\
Print text drawn from the newest checkpoint of a run, also of one that still trains, or
from a checkpoint in a file. RUN is an id or a name: see `charrnn-tui runs`.
The prompt is printed first; the text follows as it is drawn. On a terminal, what could
harm it is shown as signs; to a file or a pipe the text goes as it is."""

EXAMPLES = """\
examples:
  charrnn-tui sample 17 --prompt 'The owl' --length 1000 --temperature 0.7
  charrnn-tui sample 17 --top-k 5 --top-p 0.9 --prompt ''
  charrnn-tui sample large.npz --seed 1 > sample.txt
"""

PIECE: Final = 16
"""Characters that are drawn before they are printed."""

LONGEST_PROMPT: Final = 1_000_000
"""Characters of a prompt on standard input: it may never end."""

LONGEST_PILE: Final = 1000
"""Characters that wait to be printed, should there be nothing but accents."""

LENGTH: Final = replace(
    SPECS["sample_length"], name="length", maximum=1_000_000_000, help="characters to draw"
)
TEMPERATURE: Final = replace(SPECS["temperature"], help="0: always the likeliest character")
TOP_K: Final = SPECS["top_k"]
TOP_P: Final = SPECS["top_p"]
SEED: Final = replace(SPECS["seed"], help="draw the same text again")


def add(commands: Any) -> None:
    """Add the command."""
    sample: Parser = commands.add_parser(
        "sample",
        help="print text drawn from what a run has learned",
        usage=USAGE,
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sample.add_argument("run", metavar="RUN|FILE.npz", help="an id, a name or a checkpoint file")
    sample.add_argument(
        "--prompt",
        metavar="TEXT|-",
        help="what the model reads first (-: standard input, without its last line end; '': a "
        "random character that is not printed), default as the run's own samples",
    )
    own = "default as the run's own samples"
    sample.add_argument("--length", metavar="N", help=f"{LENGTH.explanation}, {own}")
    sample.add_argument("--temperature", metavar="X", help=f"{TEMPERATURE.explanation}, {own}")
    sample.add_argument("--top-k", metavar="N", help=f"{TOP_K.explanation}, {own}")
    sample.add_argument("--top-p", metavar="X", help=f"{TOP_P.explanation}, {own}")
    sample.add_argument("--seed", metavar="N", help=f"{SEED.explanation}, default: another text")
    sample.add_argument(
        "--best", action="store_true", help="draw from the weights of the best validation"
    )
    add_store_flag(sample)
    sample.set_defaults(command=partial(_sample, sample))


def _sample(parser: Parser, arguments: argparse.Namespace) -> int:
    from tui_charrnn.engine.memory import NO_MEMORY  # noqa: PLC0415 - other commands stay quick
    from tui_charrnn.runs.exit_codes import FAILED  # noqa: PLC0415
    from tui_charrnn.runs.jsonl import STDOUT, OutputError  # noqa: PLC0415
    from tui_charrnn.runs.store import StoreError  # noqa: PLC0415

    try:
        pieces = _pieces(arguments, checkpoint_of(arguments.run, arguments.store))
    except (StoreError, ValueError) as error:
        parser.error(str(error))
    except MemoryError:
        parser.fail(NO_MEMORY, FAILED)
    try:
        _print(pieces)
    except BrokenPipeError:
        raise
    except OSError as error:
        parser.error(f"{OutputError(STDOUT, error)}.")
    return 0


def _pieces(arguments: argparse.Namespace, checkpoint: Checkpoint) -> Iterator[str]:
    """Return the text in pieces, which are drawn when they are asked for; the prompt comes first.

    Raises:
        ConfigError: for a number that cannot be used.
        ValueError: for a prompt that is no text, too long or with a character that the model does
            not know, or if there are no best weights.
    """
    import numpy as np  # noqa: PLC0415

    from tui_charrnn.engine.registry import zero_state  # noqa: PLC0415
    from tui_charrnn.engine.sampling import cold_start, generate  # noqa: PLC0415
    from tui_charrnn.runs.host import limit_blas  # noqa: PLC0415

    config, vocabulary = checkpoint.config, checkpoint.vocabulary
    prompt = _prompt(arguments.prompt, config.prime)
    length = _number(LENGTH, arguments.length, config.sample_length)
    numbers = (
        _number(TEMPERATURE, arguments.temperature, config.temperature),
        _number(TOP_K, arguments.top_k, config.top_k),
        _number(TOP_P, arguments.top_p, config.top_p),
    )
    seed = _number(SEED, arguments.seed, None)
    limit_blas()
    rng, zeros = np.random.default_rng(seed), zero_state(config)
    start = cold_start(vocabulary, prompt, zeros, rng)
    model = checkpoint.model(best=arguments.best)
    drawn = islice(generate(model, start, rng, *numbers), length)
    return chain([prompt], map(vocabulary.decode, _in_pieces(drawn)))


def _prompt(given: str | None, default: str) -> str:
    return default if given is None else typed_text(given, "prompt", LONGEST_PROMPT)


def _number(spec: FieldSpec, given: str | None, default: Any) -> Any:
    return default if given is None else spec.parse(given)


def _in_pieces(ids: Iterator[int]) -> Iterator[list[int]]:
    while piece := list(islice(ids, PIECE)):
        yield piece


def _print(pieces: Iterable[str]) -> None:
    """Print the pieces as they come.

    Raises:
        OSError: if that is not possible.
    """
    is_terminal = sys.stdout.isatty()
    try:
        for piece in harmless(pieces) if is_terminal else pieces:
            sys.stdout.write(piece)
            sys.stdout.flush()
    finally:
        if is_terminal:
            print(flush=True)


def harmless(pieces: Iterable[str]) -> Iterator[str]:
    """Yield text in pieces as `safe` would show the whole of it.

    What stands on the character before it, such as an accent, stays with it.
    """
    waiting = ""
    for piece in pieces:
        waiting += piece
        end = last_start(waiting) if len(waiting) < LONGEST_PILE else len(waiting)
        yield safe(waiting[:end])
        waiting = waiting[end:]
    yield safe(waiting)
