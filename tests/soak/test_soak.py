"""Two nights of what `make soak` has sixty of: the harness itself, and a daemon that is killed."""

import subprocess
import sys
from pathlib import Path

import pytest
from fastclock import library

SOAK = Path(__file__).parent


@pytest.mark.timeout(600)
@pytest.mark.skipif(library() is None, reason="needs libfaketime: apt-get install faketime")
def test_a_few_nights_end_well_and_are_told_of() -> None:
    words = [sys.executable, str(SOAK), "--nights", "2", "--only", "it_is_killed"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "troubles survived: 1 of 1 kinds (it_is_killed 1)" in done.stdout
    assert done.stdout.splitlines()[-1] == "wrong: 0"
