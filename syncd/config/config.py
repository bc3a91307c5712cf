"""The configuration: config.yaml as pydantic models. Unknown keys are errors, all reported at once.

Secrets are references (`env:NAME`, `file:/path`, `credential:NAME` of systemd), never values.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from syncd.config import cron, document
from syncd.config.connections import SourceSettings, TargetSettings, WhmcsApiSettings
from syncd.config.fields import (
    Addresses,
    ApproverName,
    Domains,
    File,
    ListFile,
    LocalParts,
    MapName,
    PublicKeyLine,
    Subject,
    Subjects,
)
from syncd.config.hours import Hours, Zone
from syncd.config.keeping import StateSettings
from syncd.config.letters import LetterSettings
from syncd.config.section import Keys, Section
from syncd.config.serving import ServeSettings
from syncd.config.telling import AlertSettings, HeartbeatSettings, MetricsSettings
from syncd.config.workforce import WorkerSettings
from syncd.errors import ConfigError
from syncd.model.change import Reason
from syncd.model.policy import Accounts, Cutover, Fuses, Names, People, Policy, Staff, Waves

_BY_DECISION = {
    Reason.INVITE_UNCONFIRMED: "somebody twice",
    Reason.INVITE_GONE: "whose invitation was cancelled",
}


def _never_mails_again(reasons: frozenset[Reason]) -> frozenset[Reason]:
    for reason, why in _BY_DECISION.items():
        if reason in reasons:
            msg = f"{reason.value} may mail {why}: only a decision may apply it, one by one"
            raise ValueError(msg)
    return reasons


class PolicySettings(Policy, frozen=True):
    """The policy, and the file it names."""

    suppressed: Path | None = None


class AccountSettings(Accounts, frozen=True):
    """The accounts, and the file that pairs them."""

    mapping: Path | None = None


# How keys are read that the file has in another form than the struct.
_PolicyKeys = Annotated[
    PolicySettings,
    Keys(
        apply_reasons=Annotated[frozenset[Reason], AfterValidator(_never_mails_again)],
        cutover_for=dict[Subject, Cutover],
        protected=Subjects,
        excluded=Subjects,
        suppressed=ListFile | None,
        approvers=dict[ApproverName, PublicKeyLine],
    ),
]
_AccountKeys = Annotated[AccountSettings, Keys(mapping=File | None)]
_WaveKeys = Annotated[Waves, Keys(hours=Hours | None, timezone=Zone)]
_PeopleKeys = Annotated[People, Keys(role_mailboxes=LocalParts, reserved_domains=Domains)]
_StaffKeys = Annotated[Staff, Keys(domains=Domains, addresses=Addresses)]


class Plans(Section):
    max_age: float = Field(default=7, gt=0, le=3650)  # days


class Schedule(Section):
    cron: str = "15 3 * * *"
    timezone: Zone = "UTC"
    jitter: int = Field(default=0, ge=0, le=86_400)  # seconds

    @field_validator("cron")
    @classmethod
    def _is_cron(cls, value: str) -> str:
        cron.trigger(value, "UTC")
        return value


LogFormat = Literal["auto", "json", "console"]
LogLevel = Literal["debug", "info", "warning", "error"]


class Log(Section):
    format: LogFormat = "auto"
    level: LogLevel = "info"
    show_emails: bool = False


class ReportSettings(Section):
    labels: MapName = "labels"
    provider: str = ""


class Look(Section):
    """How legacy becomes new, wherever they are: all that a look at a backup needs."""

    mapping: MapName = "whmcs-7"
    accounts: _AccountKeys = AccountSettings()
    policy: _PolicyKeys = PolicySettings()
    decisions: File | None = None
    fuses: Annotated[Fuses, Keys()] = Fuses()
    waves: _WaveKeys = Waves()
    names: Annotated[Names, Keys()] = Names()
    people: _PeopleKeys = People()
    staff: _StaffKeys = Staff()
    report: ReportSettings = ReportSettings()
    letters: LetterSettings = LetterSettings()
    _file: Path = PrivateAttr(default=Path("config"))

    def model_post_init(self, context: Any, /) -> None:
        self._file = (context or {}).get("file", self._file)

    @property
    def file(self) -> Path:
        """The file that it was read from, for words."""
        return self._file

    @property
    def source_names(self) -> tuple[str, ...]:
        return ("legacy",)  # the source of a look at a backup

    @model_validator(mode="after")
    def _approvers_are_so_many_people(self) -> Self:
        approvers = self.policy.approvers
        names: dict[str, str] = {}
        for name, line in approvers.items():
            other = names.setdefault(line, name)
            if other != name:
                msg = f"policy.approvers: {other} and {name} have the same key: give each their own"
                raise ValueError(msg)
        if self.policy.approvals > len(approvers):
            known = f"policy.approvers names {len(approvers)}"
            msg = f"policy.approvals: {self.policy.approvals} people can never approve: {known}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _accounts_have_a_source(self) -> Self:
        for key in ("protected", "excluded", "cutover_for"):
            for name in sorted(getattr(self.policy, key)):
                source, slash, client = name.partition("/")
                if slash and "@" not in name and source not in self.source_names:
                    known = " or ".join(f"{each}/{client}" for each in self.source_names)
                    msg = f"policy.{key}: {name!r} can match nothing: write {known}"
                    raise ValueError(msg)
        return self


class Config(Look):
    sources: tuple[SourceSettings, ...]
    target: TargetSettings
    state_dir: File = Path("/var/lib/syncd")
    state: StateSettings = StateSettings()
    plans: Plans = Plans()
    schedule: Schedule = Schedule()
    log: Log = Log()
    alerts: AlertSettings = AlertSettings()
    heartbeat: HeartbeatSettings = HeartbeatSettings()
    metrics: MetricsSettings = MetricsSettings()
    serve: ServeSettings | None = None
    workers: WorkerSettings | None = None

    @property
    def source_names(self) -> tuple[str, ...]:
        return tuple(source.name for source in self.sources)

    @model_validator(mode="after")
    def _names_differ(self) -> "Config":
        if not self.sources:
            msg = "sources needs at least one entry"
            raise ValueError(msg)
        names = [source.name for source in self.sources] + [self.target.name]
        if len(set(names)) != len(names):
            msg = "each source and the target need a different name"
            raise ValueError(msg)
        strays = sorted(self.accounts.match_by_source.keys() - names[:-1])
        if strays:
            msg = f"accounts.match_by_source names sources that do not exist: {', '.join(strays)}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _accounts_can_be_made(self) -> "Config":
        bare = [s.name for s in self.sources if isinstance(s, WhmcsApiSettings) and not s.details]
        if self.accounts.create_missing and bare:
            msg = f"accounts.create_missing needs details: true for the source {bare[0]}"
            raise ValueError(msg)
        return self


_Settings = TypeVar("_Settings", bound=Look)


def load(path: Path) -> Config:
    """Read a configuration; raises `ConfigError` with every problem and its path in the file."""
    return _validated(path, read(path), Config)


def judged(text: str, path: Path) -> Config:
    """Give the configuration that a text would be at a path; raises `ConfigError`."""
    return _validated(path, _mapping(document.values(text, path), path), Config)


def load_for_backup(path: Path) -> Config | Look:
    """Read a configuration for a backup: one that names no source and no target is a `Look`."""
    raw = read(path)
    return _validated(path, raw, Config if raw.keys() & {"sources", "target"} else Look)


def read(path: Path) -> dict[str, Any]:
    """Give what a configuration says, not judged yet; raises `ConfigError`."""
    try:
        raw = document.values(path.read_text(encoding="utf-8"), path)
    except OSError as error:
        raise ConfigError(path, [error.strerror or str(error)]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(path, [f"not UTF-8: {error.reason}"]) from None
    return _mapping(raw, path)


def _mapping(raw: object, path: Path) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise ConfigError(path, ["the file must hold keys and values, as in config.example.yaml"])
    return raw


def _validated(path: Path, raw: dict[str, Any], model: type[_Settings]) -> _Settings:
    try:
        return model.model_validate(raw, context={"folder": path.absolute().parent, "file": path})
    except ValidationError as error:
        raise ConfigError(path, [str(each) for each in problems(error)]) from error


_WORDS = {
    "missing": "is required",
    "extra_forbidden": "is not a known key",
    "union_tag_invalid": "kind must be one of {expected_tags}:NAME",  # plugin comes last
    "union_tag_not_found": "kind is required",
}
_TAGS = ("mysql", "backup", "whmcs_api", "whmcs", "plugin")


def _tags(item: Any) -> str:
    return str(item.get("ctx", {}).get("expected_tags", "")).replace("'", "")


class Problem(NamedTuple):
    place: document.Place
    words: str
    is_unknown_key: bool

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.place)) or 'config'}: {self.words}"


def problems(error: ValidationError) -> Iterator[Problem]:
    """Word every problem with its place in the file."""
    for item in error.errors(include_input=False, include_url=False):
        place = tuple(part for part in item["loc"] if part not in _TAGS)
        message = _WORDS.get(item["type"], item["msg"].removeprefix("Value error, "))
        message = message.replace("{expected_tags}", _tags(item))
        yield Problem(place, message, item["type"] == "extra_forbidden")
