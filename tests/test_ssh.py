"""The connection breaks: over a real sshd, whose client is killed in the middle of a run."""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.interrupted import (
    app_command,
    begin,
    check_as_if_nothing_was,
    check_stopped,
    is_gone,
    row,
    store_in,
)
from tests.ptys import Pty, until

ROOT = Path(__file__).resolve().parent.parent
SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
REQUIRED = bool(os.environ.get("CHARRNN_REQUIRE_SSHD"))

pytestmark = pytest.mark.skipif(
    not (SSHD and shutil.which("ssh")) and not REQUIRED, reason="sshd or ssh is not installed"
)

CONFIG = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile {folder}/sshd.pid
AuthenticationMethods publickey
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PrintMotd no
PrintLastLog no
"""

QUICK = 15.0
"""Seconds that the app may take to notice, to save and to end, on a busy machine."""


@dataclass
class Server:
    """An sshd on this machine, for whoever runs the tests."""

    folder: Path
    port: int

    def client(self, *command: str) -> list[str]:
        """Return what runs a command through ssh, in a terminal over there."""
        options = {
            "IdentityFile": self.folder / "user_key",
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": self.folder / "known_hosts",
            "StrictHostKeyChecking": "accept-new",
            "LogLevel": "ERROR",
        }
        words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        there = f"cd {shlex.quote(str(ROOT))} && exec {shlex.join(command)}"
        target = f"{getpass.getuser()}@127.0.0.1"
        return ["ssh", "-tt", "-F", "none", "-p", str(self.port), *words, target, there]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    assert SSHD, "CHARRNN_REQUIRE_SSHD is set, and there is no sshd"
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where root's sshd locks itself in
    here = Server(tmp_path_factory.mktemp("ssh"), free_port())
    for name in ("host_key", "user_key"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(here.folder / name)]
        subprocess.run(make, check=True)
    config = here.folder / "sshd_config"
    config.write_text(CONFIG.format(folder=here.folder, port=here.port))
    with (here.folder / "log").open("w") as log:
        sshd = subprocess.Popen([SSHD, "-D", "-e", "-f", str(config)], stderr=log)
    try:
        until(lambda: listens(here.port) or sshd.poll() is not None)
        assert sshd.poll() is None, (here.folder / "log").read_text()
        yield here
    finally:
        sshd.terminate()
        sshd.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def connect(server: Server) -> Iterator[Callable[..., Pty]]:
    opened: list[Pty] = []

    def make(*command: str) -> Pty:
        opened.append(Pty(*server.client(*command)))
        return opened[-1]

    yield make
    for one in opened:
        one.end()


def kill_the_client(client: Pty) -> None:
    client.process.send_signal(signal.SIGKILL)
    assert client.exit_code() == -signal.SIGKILL


def test_a_run_whose_connection_broke_goes_on_as_if_nothing_was(connect, tmp_path) -> None:
    client = connect(*app_command(tmp_path))
    app = begin(client, tmp_path)
    kill_the_client(client)
    until(lambda: is_gone(app), QUICK)
    check_stopped(tmp_path)
    resume = [sys.executable, "-m", "tui_charrnn", "resume", "1", "--store"]
    subprocess.run([*resume, str(store_in(tmp_path)), "--quiet"], cwd=ROOT, check=True)
    check_as_if_nothing_was(tmp_path)


def test_a_run_goes_on_though_the_connection_broke(connect, tmp_path) -> None:
    client = connect(*app_command(tmp_path, "--on-hangup", "continue"))
    app = begin(client, tmp_path)
    kill_the_client(client)
    until(lambda: is_gone(app), QUICK)
    trainer = row(tmp_path)[2]
    assert trainer != app
    until(lambda: row(tmp_path)[0] == "finished")
    until(lambda: is_gone(trainer))
    check_as_if_nothing_was(tmp_path)
