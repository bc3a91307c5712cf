"""`syncd sync` as a process that can be killed at a point of its way; see torture/child.py."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Self

from provider import Provider

KILLED = -9


class Command:
    """One process that runs commands, each in a fork of its own. A context manager."""

    def __init__(self) -> None:
        child = Path(__file__).parent / "torture" / "child.py"
        self._child = subprocess.Popen(
            [sys.executable, child], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._child:
            assert self._child.stdin is not None
            self._child.stdin.close()

    def sync(self, provider: Provider, at: str, now: datetime | None = None) -> tuple[int, str]:
        """Run `syncd sync`, at `now` if given; give its exit code and what it said."""
        told = provider.folder / "told"
        job = {
            "command": ["sync", "--config", str(provider.config)],
            "at": at,
            "now": now.isoformat() if now else "",
            "told": str(told),
            "passed": str(provider.folder / "passed"),
        }
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps(job) + "\n")
        self._child.stdin.flush()
        code = int(self._child.stdout.readline())
        return code, told.read_text(encoding="utf-8", errors="replace")
