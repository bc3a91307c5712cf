"""The demo: green on a machine that has nothing, and nothing left running."""

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

from provider import PATIENCE, lines


def start(folder: Path) -> "subprocess.Popen[str]":
    """Start the demo in a session of its own, so that whatever it starts can be told."""
    return subprocess.Popen(
        [sys.executable, "-m", "syncd", "demo"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(folder), "COLUMNS": "100"},
        start_new_session=True,
    )


def living(session: int) -> list[int]:
    """Give the processes of a session that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, of = path.read_text(encoding="utf-8").rpartition(")")[2].split()[:4]
        except OSError:
            continue  # it has ended meanwhile
        if int(of) == session and state != "Z":
            found.append(int(path.parent.name))
    return found


def test_the_whole_story(tmp_path: Path) -> None:
    child = start(tmp_path)
    out, err = child.communicate(timeout=PATIENCE)
    assert child.returncode == 0, err
    assert err == ""
    assert not living(child.pid)

    for station in (
        "1  Check",
        "2  Plan",
        "3  Apply",
        "4  People accept",
        "5  The next night",
        "6  The same in silence",
    ):
        assert station in out
    assert "FAIL" not in out
    assert out.count("Changes: 105 applied.") == 2
    assert out.count(" joins client ") == 5
    assert re.search(
        r"Changes to apply: 0\. Invitations waiting: 21\. Held for a decision: 4\.\s+"
        r"Calls: \d+ reading, 0 writing\.",
        out,
    )
    silent = " ".join(out[out.index("6  The same") :].split())
    assert '19 people keep their password, 5 use "forgot password".' in silent
    assert "0 mails are in the outbox. peter@webb-books.example logs in" in silent
    assert "syncd rehearse --backup " in silent
    assert "syncd serve -c " in silent

    (folder,) = tmp_path.iterdir()
    told = re.findall(rf"{re.escape(str(folder))}/\S+", out[out.index("Where to find it") :])
    assert {Path(path).name for path in told} >= {"report.html", "plan.jsonl", "config.yaml"}
    assert all(Path(path).is_file() for path in told)
    assert len(lines(folder / "plan")) == 109
    second = lines(folder / "second-plan")
    assert {line["verdict"] for line in second} == {"hold"}


def test_stopped_in_the_middle_it_leaves_nothing_running(tmp_path: Path) -> None:
    with start(tmp_path) as child:
        assert child.stdout
        while "2  Plan" not in child.stdout.readline():
            assert child.poll() is None
        child.send_signal(signal.SIGTERM)
        _, err = child.communicate(timeout=PATIENCE)
    assert child.returncode == 1
    assert err == "Stopped. Run the same command again; nothing is lost.\n"
    tick = threading.Event()
    for _ in range(PATIENCE * 20):
        if not living(child.pid):
            break
        tick.wait(0.05)
    assert not living(child.pid)
