"""What a user has set once and for all, in a file: `on_hangup = "continue"`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_type_hints

import platformdirs

from tui_charrnn.runs import user_folders

VARIABLE: Final = "CHARRNN_SETTINGS"
"""The environment variable that names another file."""

OnHangup = Literal["stop", "continue"]
"""What becomes of runs whose terminal goes away: they stop, or go on in a process of their own."""


class SettingsError(ValueError):
    """The settings cannot be used; the text is one sentence that names the file."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set.

    Attributes:
        on_hangup: what becomes of runs whose terminal is closed or whose connection breaks. In
            either case they are kept with a checkpoint first.
    """

    on_hangup: OnHangup = "stop"


def settings_path() -> Path | None:
    """Return where the settings of this user are, if there are any; None without a home folder."""
    if given := os.environ.get(VARIABLE):
        return Path(os.path.expanduser(given))
    folder = user_folders.own(platformdirs.user_config_path)
    return None if folder is None else folder / "settings.toml"


def read_settings() -> Settings:
    """Return what the user has set; without a file, what nobody has set.

    Raises:
        SettingsError: if the file cannot be read, is none of settings, or was named and is not
            there.
    """
    path = settings_path()
    if path is None:
        return Settings()
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if os.environ.get(VARIABLE):
            raise SettingsError(f"There are no settings {path}, which {VARIABLE} names.") from None
        return Settings()
    except UnicodeDecodeError:
        raise SettingsError(f"The settings {path} are not UTF-8.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(f"The settings {path} cannot be read: {reason}.") from None
    return _parsed(path, text)


def _parsed(path: Path, text: str) -> Settings:
    import tomllib  # noqa: PLC0415 - few users have settings

    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"The settings {path} are not TOML: {error}.") from None
    _check(path, values)
    return Settings(**values)


def _check(path: Path, values: Mapping[str, Any]) -> None:
    allowed = get_type_hints(Settings)
    for key, value in values.items():
        if key not in allowed:
            known = ", ".join(field.name for field in fields(Settings))
            raise SettingsError(f"The settings {path} have {key!r}, but there is only: {known}.")
        choices = get_args(allowed[key])
        if value not in choices:
            listed = " or ".join(f'"{choice}"' for choice in choices)
            raise SettingsError(f"{key} in the settings {path} must be {listed}, not {value!r}.")
