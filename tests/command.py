"""`syncd sync` as a process that something befalls at a point of its way; see torture/struck.py."""

from datetime import datetime

from provider import PATIENCE, Provider

KILLED = -9


def sync(provider: Provider, at: str, now: datetime | None = None) -> tuple[int, str]:
    """Run `syncd sync`, at `now` if given; give its exit code and what it said."""
    words = [at, now.isoformat() if now else "", "sync", "--config", str(provider.config)]
    with provider.fork(words, "torture.struck") as child:
        out, err = child.communicate(PATIENCE)
    return child.returncode, out + err
