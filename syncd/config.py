"""The configuration: config.yaml as pydantic models. Unknown keys are errors, all told at once.

Secrets are references (`env:NAME`, `file:/path`, `credential:NAME` of systemd), never values.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)

from syncd import cron, document
from syncd.errors import ConfigError
from syncd.fields import Address, Domain, File, ListFile, LocalPart, MapName, Name, Secret
from syncd.hours import Hours, Zone
from syncd.model.change import Reason
from syncd.model.mailboxes import RESERVED_DOMAINS, ROLE_MAILBOXES


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Tls(_Model):
    """TLS to the database; with `verify` the server's certificate must match its name.

    Without this section TLS is used where the server offers it; `disabled` is for servers whose
    TLS is too old to speak with.
    """

    ca: File | None = None
    cert: File | None = None
    key: File | None = None
    verify: bool = True
    disabled: bool = False


class DatabaseSettings(_Model):
    host: str = "127.0.0.1"
    port: int = Field(default=3306, ge=1, le=65535)
    unix_socket: File | None = None
    database: str
    user: str
    password: Secret
    tls: Tls | None = None


class MySqlSettings(DatabaseSettings):
    kind: Literal["mysql"]
    name: Name = "legacy"
    allow_migrated: bool = False


class BackupSettings(_Model):
    kind: Literal["backup"]
    name: Name = "legacy"
    path: File
    allow_migrated: bool = False


class PluginSettings(_Model):
    """A source or target that another package registers as an entry point."""

    kind: Annotated[str, Field(pattern=r"^plugin:.+")]
    name: Name
    options: dict[str, Any] = {}


class _ApiSettings(_Model):
    """A WHMCS by its API. Either `identifier` and `secret`, or `username` and `password`."""

    url: str
    identifier: Secret | None = None
    secret: Secret | None = None
    username: str | None = None
    password: Secret | None = None
    access_key: Secret | None = None
    credential_fields: Literal["identifier", "username"] = "identifier"
    ca: File | None = None
    proxy: str | None = None
    timeout: float = Field(default=30, gt=0)
    page_size: int = Field(default=250, ge=1)

    @field_validator("url", "proxy")
    @classmethod
    def _is_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("https://", "http://")):
            msg = "must begin with https:// (or http:// on a trusted network)"
            raise ValueError(msg)
        if urlsplit(value).password:
            msg = "must not hold a password: reports show the url"
            raise ValueError(msg)
        return value

    @model_validator(mode="after")
    def _has_credentials(self) -> Self:
        api = bool(self.identifier and self.secret)
        admin = bool(self.username and self.password)
        if api == admin:
            msg = "give either identifier and secret, or username and password"
            raise ValueError(msg)
        return self


class WhmcsSettings(_ApiSettings):
    """A WHMCS 8 or later, the target."""

    kind: Literal["whmcs"] = "whmcs"
    name: Name = "target"
    connections: int = Field(default=4, ge=1, le=32)
    max_calls_per_second: float = Field(default=20, gt=0)
    observe: Literal["api", "database"] = "api"
    database: DatabaseSettings | None = None

    @model_validator(mode="after")
    def _can_observe(self) -> Self:
        if self.observe == "database" and self.database is None:
            msg = "observe: database needs the section database"
            raise ValueError(msg)
        return self


class WhmcsApiSettings(_ApiSettings):
    """A WHMCS up to 7.10, a source."""

    kind: Literal["whmcs_api"]
    name: Name = "legacy"
    page_size: int = Field(default=250, ge=2)  # a page begins with the last row of the one before
    details: bool = True


def _kind(settings: Any) -> str | None:
    """Say which settings a mapping means: each is then judged by its own model alone."""
    given = settings if isinstance(settings, dict) else {"kind": getattr(settings, "kind", None)}
    kind = given.get("kind")
    return "plugin" if isinstance(kind, str) and kind.startswith("plugin:") else kind


def _target_kind(settings: Any) -> str:
    return _kind(settings) or "whmcs"


SourceSettings = Annotated[
    Annotated[MySqlSettings, Tag("mysql")]
    | Annotated[BackupSettings, Tag("backup")]
    | Annotated[WhmcsApiSettings, Tag("whmcs_api")]
    | Annotated[PluginSettings, Tag("plugin")],
    Discriminator(_kind),
]
TargetSettings = Annotated[
    Annotated[WhmcsSettings, Tag("whmcs")] | Annotated[PluginSettings, Tag("plugin")],
    Discriminator(_target_kind),
]


Match = Literal["same-id", "email", "mapping"]


class Accounts(_Model):
    match: Match = "email"
    match_by_source: dict[str, Match] = {}
    mapping: File | None = None
    create_missing: bool = False


_BY_DECISION = {
    Reason.INVITE_UNCONFIRMED: "somebody twice",
    Reason.INVITE_GONE: "whose invitation was cancelled",
}


class PolicySettings(_Model):
    mode: Literal["create-only", "no-removals", "sync"] = "no-removals"
    cutover: Literal["invite", "silent", "reinvite-by-owner"] = "invite"
    users: Literal["by-invite", "create-first"] = "by-invite"
    closed: Literal["skip", "owner", "all"] = "skip"
    apply_reasons: frozenset[Reason] = frozenset({Reason.NEW, Reason.CHANGED, Reason.REVOKED})
    protected: tuple[str, ...] = ()
    support_contacts: Literal["support-mail", "all", "none"] = "support-mail"
    excluded: tuple[str, ...] = ()
    suppressed: ListFile | None = None
    verify_after: float = Field(default=35, ge=0, le=3650)

    @field_validator("apply_reasons")
    @classmethod
    def _never_mails_again(cls, reasons: frozenset[Reason]) -> frozenset[Reason]:
        for reason, why in _BY_DECISION.items():
            if reason in reasons:
                msg = f"{reason.value} may mail {why}: a decision applies it, one by one"
                raise ValueError(msg)
        return reasons


class FuseSettings(_Model):
    source_share: float = Field(default=0.8, ge=0, le=1)
    removals: int = Field(default=0, ge=0)
    removals_per_account: int = Field(default=0, ge=0)
    updates_share: float = Field(default=0.05, ge=0, le=1)
    updates_floor: int = Field(default=20, ge=0)
    updates_per_account: int = Field(default=20, ge=0)


class Waves(_Model):
    per_run: int = Field(default=500, ge=0)
    per_day: int | None = Field(default=None, ge=0)
    per_person: Literal["one", "any"] = "one"
    hours: Hours | None = None
    timezone: Zone = "UTC"


class Plans(_Model):
    max_age: float = Field(default=7, gt=0, le=3650)  # days


class Names(_Model):
    placeholder: str = Field(default="-", min_length=1)
    four_byte: bool = True


class People(_Model):
    role_mailboxes: frozenset[LocalPart] = ROLE_MAILBOXES
    reserved_domains: frozenset[Domain] = RESERVED_DOMAINS


class Staff(_Model):
    domains: frozenset[Domain] = frozenset()
    addresses: frozenset[Address] = frozenset()


class Schedule(_Model):
    cron: str = "15 3 * * *"
    timezone: Zone = "UTC"

    @field_validator("cron")
    @classmethod
    def _is_cron(cls, value: str) -> str:
        cron.trigger(value, "UTC")
        return value


class Log(_Model):
    format: Literal["auto", "json", "console"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"
    show_emails: bool = False


class Config(_Model):
    sources: tuple[SourceSettings, ...]
    target: TargetSettings
    state_dir: File = Path("/var/lib/syncd")
    mapping: MapName = "whmcs-7"
    accounts: Accounts = Accounts()
    policy: PolicySettings = PolicySettings()
    decisions: File | None = None
    fuses: FuseSettings = FuseSettings()
    waves: Waves = Waves()
    plans: Plans = Plans()
    names: Names = Names()
    people: People = People()
    staff: Staff = Staff()
    schedule: Schedule = Schedule()
    log: Log = Log()

    @model_validator(mode="after")
    def _names_differ(self) -> "Config":
        if not self.sources:
            msg = "sources needs at least one entry"
            raise ValueError(msg)
        names = [source.name for source in self.sources] + [self.target.name]
        if len(set(names)) != len(names):
            msg = "sources and target need names of their own"
            raise ValueError(msg)
        strays = sorted(self.accounts.match_by_source.keys() - names[:-1])
        if strays:
            msg = f"accounts.match_by_source names no source: {', '.join(strays)}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _accounts_can_be_made(self) -> "Config":
        bare = [s.name for s in self.sources if isinstance(s, WhmcsApiSettings) and not s.details]
        if self.accounts.create_missing and bare:
            msg = f"accounts.create_missing needs details: true for the source {bare[0]}"
            raise ValueError(msg)
        return self


def load(path: Path) -> Config:
    """Read a configuration; raises `ConfigError` with every problem and its path in the file."""
    try:
        raw = document.values(path.read_text(encoding="utf-8"), path)
    except OSError as error:
        raise ConfigError(path, [error.strerror or str(error)]) from error
    except UnicodeDecodeError as error:
        raise ConfigError(path, [f"not UTF-8: {error.reason}"]) from None
    if not isinstance(raw, dict):
        raise ConfigError(path, ["the file must hold a mapping of keys, see config.example.yaml"])
    try:
        return Config.model_validate(raw, context={"folder": path.absolute().parent})
    except ValidationError as error:
        raise ConfigError(path, _problems(error)) from error


_WORDS = {
    "missing": "is required",
    "extra_forbidden": "is not a known key",
    "union_tag_invalid": "kind must be one of {expected_tags}:NAME",  # plugin comes last
    "union_tag_not_found": "kind is required",
}
_TAGS = ("mysql", "backup", "whmcs_api", "whmcs", "plugin")


def _tags(item: Any) -> str:
    return str(item.get("ctx", {}).get("expected_tags", "")).replace("'", "")


def _problems(error: ValidationError) -> list[str]:
    """Word every problem with its path in the file."""
    problems = []
    for item in error.errors(include_input=False, include_url=False):
        parts = [str(part) for part in item["loc"]]
        where = ".".join(part for part in parts if part not in _TAGS)
        message = _WORDS.get(item["type"], item["msg"].removeprefix("Value error, "))
        message = message.replace("{expected_tags}", _tags(item))
        problems.append(f"{where or 'config'}: {message}")
    return problems
