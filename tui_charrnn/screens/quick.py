"""What lets a screen appear soon after its key: nothing is drawn or styled that was before."""

from __future__ import annotations

from textual import events
from textual.app import App
from textual.screen import Screen, ScreenResultType
from textual.theme import Theme

from tui_charrnn.widgets.narrow_compositor import NarrowCompositor


class QuickScreen(Screen[ScreenResultType]):
    """A screen that draws what has changed, and styles itself once."""

    def __init__(self) -> None:
        """Draw only what changes."""
        super().__init__()
        self._compositor = NarrowCompositor()
        self._has_styles = False

    def _post_register(self, app: App[object]) -> None:
        """Note whether all rules were known to which its widgets are styled when they are made."""
        super()._post_register(app)
        known = app.stylesheet.has_source
        self._has_styles = all(known(str(path)) for path in self.css_path)

    def on_mount(self) -> None:
        """Be styled anew when it is shown the next time after another theme was chosen."""
        self.app.theme_changed_signal.subscribe(self, self._restyle)

    def _restyle(self, _: Theme) -> None:
        self._has_styles = False

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Be styled anew only if rules came later: Textual does it for every screen it shows."""
        event.refresh_styles &= not self._has_styles
        self._has_styles = True

    def _compositor_refresh(self) -> None:
        """Draw what has changed; behind another screen, let that draw it as far as it is seen.

        Textual lets the screen on top draw all of itself anew, even one that lets nothing through.
        """
        stack = self.app.screen_stack
        if self is stack[-1] or self not in stack:
            super()._compositor_refresh()
            return
        above, regions = stack[stack.index(self) + 1], self._compositor._dirty_regions
        if regions and above.styles.background.a < 1:
            above.refresh(*regions)
        regions.clear()
        self._dirty_widgets.clear()
