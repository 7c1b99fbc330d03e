"""A run of the store that goes on: from its newest checkpoint here, or in another process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_charrnn.engine import ConfigError, TrainConfig
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.runs.catalogue import load_corpus
from tui_charrnn.runs.past import Past, past_of
from tui_charrnn.runs.session import Job
from tui_charrnn.runs.store import RunRecord, RunStore, StoreError

if TYPE_CHECKING:
    from tui_charrnn.runs.detached.client import Attached


@dataclass(frozen=True, slots=True)
class Continued:
    """All that is needed to go on with a run.

    Attributes:
        run: as the store knew it.
        job: what it is made of.
        past: what it was until now.
        attached: the way to the process that trains it, None if it is to be trained here.
    """

    run: RunRecord
    job: Job
    past: Past
    attached: Attached | None = None


def continued(
    store: RunStore,
    run_id: int,
    iterations: int | None = None,
    tell: Callable[[str], object] | None = None,
) -> Continued:
    """Make ready to go on with a run: with the process that trains it, or from its checkpoint.

    Raises:
        ValueError: as `attached` and `from_checkpoint` do.
    """
    if store.record_of(run_id).state == "running":
        return attached(store, run_id, tell)
    return from_checkpoint(store, run_id, iterations)


def from_checkpoint(store: RunStore, run_id: int, iterations: int | None = None) -> Continued:
    """Make ready to go on with a run from its newest checkpoint.

    Args:
        store: that has it.
        run_id: which.
        iterations: updates in the whole run from now on; None for as many as before.

    Raises:
        StoreError: if there is no such run or no checkpoint of it that can be used.
        CorpusError: if its text cannot be read, or is another one now.
        ConfigError: if nothing is left to be done, or it cannot be trained here.
    """
    run = store.record_of(run_id)
    start = store.checkpoint(run_id)
    config = run.config if iterations is None else extended(run.config, iterations, start.elapsed)
    return Continued(run, job_of(run, config, start), past_of(store, run_id, start.events))


def job_of(run: RunRecord, config: TrainConfig, start: Checkpoint) -> Job:
    """Return what it takes to train a run on from its checkpoint; its text is loaded.

    Raises:
        CorpusError: if its text cannot be read, or is another one now.
        ConfigError: if nothing is left to be done, or a hyperparameter cannot change on the way.
    """
    check_unfinished(config, start.iteration, start.elapsed)
    text = run.origin.text
    corpus = load_corpus(text.source, text.encoding)
    start.check_fits(config, corpus)
    return Job(config, corpus, text.source, text.encoding, run.id, start)


def extended(config: TrainConfig, iterations: int, elapsed: float) -> TrainConfig:
    """Return the hyperparameters for more updates: a time limit that is used up is none any more.

    Raises:
        ConfigError: if there cannot be so many.
    """
    used_up = 0 < config.time_limit <= elapsed
    limit = 0.0 if used_up else config.time_limit
    return config.replace(iterations=iterations, time_limit=limit)


def check_unfinished(config: TrainConfig, iteration: int, elapsed: float) -> None:
    """Refuse to go on with a run that has come to its end.

    Raises:
        ConfigError: naming what would have to be more.
    """
    if iteration >= config.iterations:
        raise ConfigError(
            "iterations",
            f"iterations must be more than the {iteration:,} that the run has made, "
            f"not {config.iterations:,}.",
        )
    if 0 < config.time_limit <= elapsed:
        raise ConfigError(
            "time_limit",
            f"time_limit must be 0 for none or more than the {elapsed:,.0f} s that the run has "
            f"trained, not {config.time_limit:,.0f}.",
        )


def attached(
    store: RunStore, run_id: int, tell: Callable[[str], object] | None = None
) -> Continued:
    """Make ready to show and steer a run that a process of its own trains.

    Args:
        store: that has it.
        run_id: which.
        tell: called with a sentence if something that is asked for cannot be done, in any thread.

    Raises:
        DetachError: if none does.
        StoreError: if the run cannot be read.
        CorpusError: if its text cannot be read.
    """
    from tui_charrnn.runs.detached.client import Attached, ignore  # noqa: PLC0415 - few runs need it

    run = store.record_of(run_id)
    text = run.origin.text
    corpus = load_corpus(text.source, text.encoding)
    way = Attached(store.path, run_id, tell or ignore)
    try:
        past = past_of(store, run_id, way.hello.events)
    except StoreError:
        way.leave()
        raise
    job = Job(run.config, corpus, text.source, text.encoding, run_id)
    return Continued(run, job, past, way)
