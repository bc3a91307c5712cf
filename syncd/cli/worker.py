"""`syncd worker`: helps to make the plans of others."""

from pathlib import Path

from syncd.cli.configured import configured
from syncd.cli.interrupt import asked_by
from syncd.cli.terminal import worded
from syncd.config.places import shared_work
from syncd.errors import ConfigError


def work(config: Path) -> None:
    """Work until a signal; needs no secret of the config but the password of the queue."""
    settings = configured(config)
    place = shared_work(settings)
    if place is None:
        raise ConfigError(config, ["workers: needed, to say where the jobs are"])
    from syncd.workers.serve import Worker, forget_dead  # noqa: PLC0415, an extra

    forget_dead(settings.state_dir)
    Worker(place, settings.state_dir, worded).serve(asked_by())
