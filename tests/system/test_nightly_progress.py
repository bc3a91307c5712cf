"""A run of the daemon says in the log how far its long stages are, as any other command does."""

import pytest
from provider import Provider
from structlog.testing import capture_logs

from syncd.cli.run import nightly
from syncd.config.config import load


def test_each_long_stage_is_logged_with_its_total_and_shown_to_the_watchdog(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncd.cli.progress._LONG", 0.0)  # every stage is a long one
    shown: list[str] = []

    def night() -> dict[str, int | None]:
        with capture_logs() as lines:
            nightly(load(provider.config), lambda: False, lambda stage, *_: shown.append(stage))
        steps = [line for line in lines if line["event"] == "stage.progressed"]
        assert {step["stage"] for step in steps} <= set(shown)
        return {step["stage"]: step["total"] for step in steps}

    first, second = night(), night()
    assert {"extract", "observe"} <= first.keys()
    assert first["extract"] is None, "nobody knows beforehand how many there are"
    assert second["extract"] is not None, "as many as the last time"
