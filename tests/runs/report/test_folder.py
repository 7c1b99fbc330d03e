"""The folder of a report: whole or not at all, and nothing of the user's lost."""

from __future__ import annotations

import os
import resource
import signal
import stat
from pathlib import Path

import pytest

from tests.rights import folder_of_ours, without_privileges
from tui_charrnn.runs.report.errors import ReportError
from tui_charrnn.runs.report.folder import check, write

FILES = {"chart-01-loss.svg": "<svg/>", "report.md": "# é\n", "report.html": "<p>"}


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def test_a_new_folder_and_those_above_it_are_made(tmp_path) -> None:
    out = tmp_path / "a" / "b"
    write(out, FILES)
    assert contents(out) == FILES
    assert [path.name for path in out.parent.iterdir()] == ["b"]
    mask = os.umask(0o022)
    os.umask(mask)
    assert stat.S_IMODE(out.stat().st_mode) == 0o777 & ~mask


def test_an_older_report_is_replaced_and_the_rest_stays(tmp_path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "chart-02-memory.svg").write_text("of an older report")
    (tmp_path / "report.md").write_text("old")
    write(tmp_path, FILES)
    assert contents(tmp_path) == {**FILES, "mine.txt": "mine"}


def test_what_is_there_is_refused_without_force(tmp_path) -> None:
    check(tmp_path / "new", force=False)
    check(tmp_path, force=False)
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(ReportError, match="is not empty; with --force"):
        check(tmp_path, force=False)
    check(tmp_path, force=True)
    for out in (file, tmp_path / "dangling"):
        (tmp_path / "dangling").is_symlink() or (tmp_path / "dangling").symlink_to("nowhere")
        with pytest.raises(ReportError, match="is there already and is no folder"):
            check(out, force=True)


def test_a_file_on_the_way_and_a_missing_right_are_one_sentence(tmp_path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ReportError, match=r"Cannot write the report to .*: not a directory\.$"):
        write(tmp_path / "file" / "out", FILES)
    with folder_of_ours() as folder, without_privileges():
        with pytest.raises(ReportError, match=r"Cannot write .*: permission denied\.$"):
            write(folder / "out", FILES)
        assert list(folder.iterdir()) == []


def test_a_report_that_does_not_fit_leaves_the_old_one_and_nothing_else(tmp_path) -> None:
    """A limit on the size of files stands for a full disk: the write fails in the middle."""
    write(tmp_path, FILES)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, hard))
    try:
        with pytest.raises(ReportError, match=r"^Cannot write the report to .*\.$"):
            write(tmp_path, {**FILES, "report.html": "x" * 5000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert contents(tmp_path) == FILES
