"""`syncd pause` and `syncd resume`: runs that nobody watches are held, for a reason."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

from syncd.cli.configured import configured
from syncd.cli.daemon.faults import Paused, PauseUnusable
from syncd.cli.printed import out, say
from syncd.errors import OptionUnusable, StoreError

_Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Pause(msgspec.Struct, frozen=True):
    """Holds `syncd run` and `syncd sync`, until it ends by itself or is ended."""

    because: Annotated[str, msgspec.Meta(min_length=1)]
    since: _Moment | None = None
    until: _Moment | None = None

    def __str__(self) -> str:
        since = f" since {_shown(self.since)}" if self.since else ""
        until = f" until {_shown(self.until)}" if self.until else ""
        return f"paused{since}{until}, because: {self.because.rstrip('.')}."


def pause_of(state_dir: Path, now: datetime) -> Pause | None:
    """Give the pause that holds runs now; raises `PauseUnusable`."""
    path = _file(state_dir)
    try:
        pause = msgspec.json.decode(path.read_bytes(), type=Pause)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise PauseUnusable(path, error.strerror or str(error)) from error
    except msgspec.DecodeError as error:
        raise PauseUnusable(path, f"{error}, so syncd pause did not write it") from error
    return pause if pause.until is None or pause.until > now else None


def check_unpaused(state_dir: Path, now: datetime) -> None:
    """Raise `Paused` or `PauseUnusable` while runs are held."""
    pause = pause_of(state_dir, now)
    if pause is not None:
        raise Paused(str(pause), pause.since)


def why_held(state_dir: Path, now: datetime) -> str:
    """Say what holds runs now, "" for nothing."""
    try:
        return str(pause_of(state_dir, now) or "")
    except PauseUnusable as error:
        return error.hold


def pause_runs(config: Path, because: str, until: str) -> None:
    settings, now = configured(config), datetime.now(UTC)
    if not because.strip():
        raise OptionUnusable("--because", ["needs a reason: status and log show it"])
    zone = ZoneInfo(settings.schedule.timezone)
    pause = Pause(because.strip(), now, _moment(until, now, zone) if until else None)
    path = _file(settings.state_dir)
    try:
        settings.state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(".new")
        draft.write_bytes(msgspec.json.encode(pause))
        draft.chmod(0o600)
        if os.geteuid() == 0:  # the daemon must be able to read what root says
            owner = settings.state_dir.stat()
            os.chown(draft, owner.st_uid, owner.st_gid)
        draft.replace(path)
    except OSError as error:
        raise StoreError(path, error.strerror or str(error)) from error
    say(f"{settings.target.name} is {pause} `syncd resume` ends it. A run that is on goes on.")


def resume_runs(config: Path) -> None:
    settings = configured(config)
    path = _file(settings.state_dir)
    try:
        path.unlink()
    except (FileNotFoundError, NotADirectoryError):
        out.print(f"{settings.target.name} was not paused.", markup=False)
    except OSError as error:
        raise StoreError(path, error.strerror or str(error)) from error
    else:
        out.print(f"{settings.target.name} goes on at its next time.", markup=False)


def _moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise OptionUnusable(
            "--until", [f"{text!r} is no moment: write 2026-12-01 or 2026-12-01T08:00"]
        ) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    if moment <= now:
        raise OptionUnusable("--until", [f"{text} is over already"])
    return moment.astimezone(UTC)


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}Z"


def _file(state_dir: Path) -> Path:
    return state_dir / "paused.json"
