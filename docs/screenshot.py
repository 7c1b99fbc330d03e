"""Makes the picture in the README: the app itself, after a minute of real training.

    python docs/screenshot.py

Needs nothing but the installed app; writes docs/screenshot.svg.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from tui_charrnn.app import CharRNNApp
from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.config import PRESETS

SIZE = (120, 40)
CHANGED_AT, TAKEN_AT = 3000, 4700
"""Iterations: at which the learning rate is lowered, and at which the picture is taken."""


async def main() -> None:
    """Start the app without a terminal, train, and save what it shows."""
    values = {**PRESETS["quick"], "sample_every": 250}
    app = CharRNNApp(config=TrainConfig(**values))  # type: ignore[arg-type]
    async with app.run_test(size=SIZE):
        while app.main_screen.text.corpus is None:
            await asyncio.sleep(0.1)
        app.simulate_key("space")
        progress = None
        while progress is None or progress.iteration < CHANGED_AT:
            await asyncio.sleep(0.1)
            progress = app.main_screen.session.progress
        app.simulate_key("minus")
        while progress.iteration < TAKEN_AT:
            await asyncio.sleep(0.1)
        Path(__file__).with_name("screenshot.svg").write_text(app.export_screenshot())
        app.leave()


asyncio.run(main())
