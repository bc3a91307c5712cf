"""The commands that hold runs and let them go on: names, options and their help."""

from syncd.cli.options import DEFAULT, ConfigPath, Reason, Until


def pause(because: Reason, until: Until = "", config: ConfigPath = DEFAULT) -> None:
    """Hold the daemon and `syncd sync`.

    For a reason, until a moment or until `syncd resume`.
    """
    from syncd.cli.pause import pause_runs

    pause_runs(config, because, until)


def resume(config: ConfigPath = DEFAULT) -> None:
    """End a pause."""
    from syncd.cli.pause import resume_runs

    resume_runs(config)
