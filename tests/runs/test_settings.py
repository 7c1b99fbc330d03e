"""The file of settings: what is not there is not set, and what is wrong is said in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rights import folder_of_ours, without_privileges
from tui_charrnn.runs.settings import VARIABLE, Settings, SettingsError, read_settings


@pytest.fixture
def file(tmp_path, monkeypatch) -> Path:
    path = tmp_path / "settings.toml"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def problem() -> str:
    with pytest.raises(SettingsError) as raised:
        read_settings()
    return str(raised.value)


@pytest.mark.parametrize("value", ["stop", "continue"])
def test_what_is_set_counts(file, value) -> None:
    file.write_text(f'on_hangup = "{value}"\n')
    assert read_settings() == Settings(on_hangup=value)


def test_without_a_file_nothing_is_set(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_settings() == Settings("stop")


def test_the_file_of_the_user_is_in_their_folder_of_settings(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "charrnn-tui").mkdir()
    (tmp_path / "charrnn-tui" / "settings.toml").write_text('on_hangup = "continue"')
    assert read_settings().on_hangup == "continue"


def test_a_file_that_was_named_must_be_there(file) -> None:
    assert problem() == f"There are no settings {file}, which CHARRNN_SETTINGS names."


def test_a_wrong_value_is_named_with_file_key_and_what_may_be(file) -> None:
    file.write_text("on_hangup = 3")
    assert problem() == f'on_hangup in the settings {file} must be "stop" or "continue", not 3.'


def test_a_list_is_no_value(file) -> None:
    file.write_text('on_hangup = ["stop"]')
    assert problem().endswith('must be "stop" or "continue", not [\'stop\'].')


def test_an_unknown_key_is_named_with_those_that_there_are(file) -> None:
    file.write_text('on_hangpu = "stop"')
    assert problem() == f"The settings {file} have 'on_hangpu', but there is only: on_hangup."


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"on_hangup = stop", "are not TOML: Invalid value (at line 1, column 13)."),
        (b"x = " + b"[" * 100_000, "are not TOML: "),
        (b"# \xff", "are not UTF-8."),
    ],
)
def test_what_is_no_toml_is_refused(file, content, reason) -> None:
    file.write_bytes(content)
    assert problem().startswith(f"The settings {file} {reason}")


def test_a_folder_is_no_file_of_settings(file) -> None:
    file.mkdir()
    assert problem() == f"The settings {file} cannot be read: Is a directory."


def test_a_file_that_may_not_be_read_is_refused(monkeypatch) -> None:
    with folder_of_ours() as folder:
        path = folder / "settings.toml"
        path.write_text('on_hangup = "stop"')
        path.chmod(0)
        monkeypatch.setenv(VARIABLE, str(path))
        with without_privileges():
            assert problem() == f"The settings {path} cannot be read: Permission denied."
