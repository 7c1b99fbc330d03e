"""How the process of a command ends while a thread of it, which holds up no exit, computes."""

import subprocess
import sys

import pytest

COMPUTING = """
import threading
import numpy
from tui_charrnn import __main__

values, begun = numpy.zeros(1_000_000, numpy.uint8), threading.Event()

def compute():
    while True:
        numpy.unique(values)
        begun.set()

def main():
    threading.Thread(target=compute, daemon=True).start()
    begun.wait()
    print("the last words", end="")
    return 3

__main__.main = main
__main__.run()
"""


@pytest.mark.parametrize("attempt", range(3))
def test_a_thread_in_the_midst_of_numpy_does_not_abort_the_process(attempt: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", COMPUTING], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "the last words", "")


def test_the_exit_code_is_that_of_the_command() -> None:
    for words, code in ((["corpora"], 0), (["sample", "nothing.npz"], 2)):
        ended = subprocess.run(
            [sys.executable, "-m", "tui_charrnn", *words], capture_output=True, check=False
        )
        assert ended.returncode == code
