"""Recurrent nets in NumPy: nothing here knows of a screen.

from tui_charrnn.engine import TrainConfig, Corpus, TrainControl, build_model, train
"""

from tui_charrnn.engine.config import ConfigError, TrainConfig
from tui_charrnn.engine.control import SampleRequest, TrainControl
from tui_charrnn.engine.corpus import Corpus, CorpusError
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
