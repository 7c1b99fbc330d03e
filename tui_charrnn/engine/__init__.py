"""Recurrent nets in NumPy: nothing here knows of a screen.

from tui_charrnn.engine import TrainConfig, Corpus, TrainControl, build_model, train
"""

from typing import TYPE_CHECKING

from tui_charrnn.engine.on_demand import from_homes

if TYPE_CHECKING:
    from tui_charrnn.engine.config import ConfigError, TrainConfig
    from tui_charrnn.engine.control import SampleRequest, TrainControl
    from tui_charrnn.engine.corpus import Corpus
    from tui_charrnn.engine.errors import CorpusError
    from tui_charrnn.engine.model import CharModel, build_model
    from tui_charrnn.engine.trainer import train

__all__ = [
    "CharModel",
    "ConfigError",
    "Corpus",
    "CorpusError",
    "SampleRequest",
    "TrainConfig",
    "TrainControl",
    "build_model",
    "train",
]

_HOMES = {
    "CharModel": "model",
    "ConfigError": "config",
    "Corpus": "corpus",
    "CorpusError": "errors",
    "SampleRequest": "control",
    "TrainConfig": "config",
    "TrainControl": "control",
    "build_model": "model",
    "train": "trainer",
}
"""The module of each name; it is imported when the name is asked for.

Whoever needs hyperparameters alone does without NumPy, which takes as long to load as the first
frame of the app to draw.
"""

__getattr__ = from_homes(__name__, _HOMES)
