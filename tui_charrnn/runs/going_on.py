"""A run of the store that goes on: from its newest checkpoint here, or in another process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_charrnn.engine import ConfigError, TrainConfig
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.early_stopping import is_exhausted
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
    config = run.config if iterations is None else extended(run.config, iterations, stand_of(start))
    return Continued(run, job_of(run, config, start), past_of(store, run_id, start.events))


def job_of(run: RunRecord, config: TrainConfig, start: Checkpoint) -> Job:
    """Return what it takes to train a run on from its checkpoint; its text is loaded.

    Raises:
        CorpusError: if its text cannot be read, or is another one now.
        ConfigError: if nothing is left to be done, or a hyperparameter cannot change on the way.
    """
    check_unfinished(config, stand_of(start))
    text = run.origin.text
    corpus = load_corpus(text.source, text.encoding)
    start.check_fits(config, corpus)
    return Job(config, corpus, text.source, text.encoding, run.id, start)


@dataclass(frozen=True, slots=True)
class Stand:
    """How far a run has come.

    Attributes:
        iteration: updates made.
        elapsed: seconds of training.
        best_iteration: 0-based number of the update that the best validation followed, if any.
        validated: whether no validation is outstanding that could be a better one.
    """

    iteration: int
    elapsed: float
    best_iteration: int | None
    validated: bool = True

    def has_used_up_patience(self, config: TrainConfig) -> bool:
        """Whether it would be over for want of a better validation."""
        return self.validated and is_exhausted(config, self.iteration, self.best_iteration)


def stand_of(source: RunRecord | Checkpoint) -> Stand:
    """Return how far a run of the store has come, or had at a checkpoint."""
    if isinstance(source, RunRecord):
        return Stand(source.iteration, source.elapsed, source.best_iteration)
    best = source.best.iteration if source.best else None
    return Stand(source.iteration, source.elapsed, best, not source.owes_validation)


def extended(config: TrainConfig, iterations: int, stand: Stand) -> TrainConfig:
    """Return the hyperparameters for more updates.

    A time limit or a patience that is used up is none any more.

    Raises:
        ConfigError: if there cannot be so many.
    """
    config = config.replace(iterations=iterations)
    if 0 < config.time_limit <= stand.elapsed:
        config = config.replace(time_limit=0.0)
    return config.replace(patience=0) if stand.has_used_up_patience(config) else config


def check_unfinished(config: TrainConfig, stand: Stand) -> None:
    """Refuse to go on with a run that has come to its end.

    Raises:
        ConfigError: naming what would have to be more.
    """
    if stand.iteration >= config.iterations:
        raise ConfigError(
            "iterations",
            f"iterations must be more than the {stand.iteration:,} that the run has made, "
            f"not {config.iterations:,}.",
        )
    if 0 < config.time_limit <= stand.elapsed:
        raise ConfigError(
            "time_limit",
            f"time_limit must be 0 for none or more than the {stand.elapsed:,.0f} s that the run "
            f"has trained, not {config.time_limit:,.0f}.",
        )
    if stand.has_used_up_patience(config):
        since = stand.iteration - (0 if stand.best_iteration is None else stand.best_iteration + 1)
        raise ConfigError(
            "patience",
            f"patience must be 0 for no end or more than the {since // config.eval_every:,} "
            f"validations that the run has had without a better one, not {config.patience:,}.",
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
