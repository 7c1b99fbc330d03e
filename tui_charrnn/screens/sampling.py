"""What the screens share whose nets draw samples: the settings of `S`, and the keys."""

from __future__ import annotations

from functools import partial

from tui_charrnn.engine import TrainConfig
from tui_charrnn.runs.session import Job
from tui_charrnn.screens.base import FullScreen
from tui_charrnn.screens.kept import kept
from tui_charrnn.screens.sample import ChosenSettings, SampleScreen, SampleSettings


class SamplingScreen(FullScreen):
    """A screen on which samples are asked for, and cut short."""

    def __init__(self) -> None:
        """Begin with the settings that are usual for a net."""
        super().__init__()
        self._settings = ChosenSettings()

    @property
    def drawn_from(self) -> Job | None:
        """What the net is trained by, of several the first; None without one."""
        raise NotImplementedError

    @property
    def has_best(self) -> bool:
        """Whether there are weights of a best validation to draw from."""
        return False

    def draw(self, settings: SampleSettings) -> None:
        """Ask for samples.

        Raises:
            ValueError: naming a character of the prompt that the corpus does not have.
        """
        raise NotImplementedError

    def action_sample(self) -> None:
        """Draw with the settings as they are."""
        if job := self.drawn_from:
            self._draw(self._settings.of(job.config))

    def action_sample_settings(self) -> None:
        """Set what is drawn and how, and draw."""
        if job := self.drawn_from:
            name = SampleScreen.name_of(self.has_best)
            dialog = kept(self.app, name, SampleScreen) or SampleScreen(self.has_best)
            dialog.show(self._settings.of(job.config), job.corpus)
            self.app.push_screen(dialog, partial(self._set_and_draw, job.config))

    def _set_and_draw(self, config: TrainConfig, settings: SampleSettings | None) -> None:
        if settings is not None:
            self._settings.choose(settings, config)
            self._draw(settings)

    def _draw(self, settings: SampleSettings) -> None:
        try:
            self.draw(settings)
        except ValueError as error:
            self.notify(f"{error} S changes the prompt.", severity="error")
