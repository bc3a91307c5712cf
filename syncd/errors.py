"""Everything that can go wrong, by type. Errors carry fields; `cli` holds the words for people.

`Transient` marks what a later attempt may heal by itself. Public: plug-ins may rely on it.
"""

from collections.abc import Sequence
from pathlib import Path


class SyncdError(Exception):
    """Base of all errors that syncd raises on purpose; `fields` are its facts."""

    def __init__(self, **fields: object) -> None:
        super().__init__(*fields.values())
        self.fields = fields

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.fields.items())


class Transient(SyncdError):
    """A mixin for errors that a later attempt may heal."""


# --- config ---------------------------------------------------------------------------------


class ConfigError(SyncdError):
    """The configuration, or what it names, cannot be used: every problem at once."""

    def __init__(self, path: Path | str, problems: Sequence[str]) -> None:
        super().__init__(path=str(path), problems=list(problems))
        self.path = str(path)
        self.problems = list(problems)


class OptionUnusable(ConfigError):
    """An option of a command with a value that it does not take; `path` is the option."""


class SecretsUnusable(ConfigError):
    """Secrets that a configuration refers to and that are not there, each by its key."""


class PermissionMapUnusable(ConfigError):
    """A permission map that is not there, or is none."""


class LabelsUnusable(ConfigError):
    """A table of labels that is not there, or is none."""


class TemplateUnusable(ConfigError):
    """A template of letters that cannot be read, or says what it may not."""


class AccountMappingUnusable(ConfigError):
    """A file of account pairs that cannot be read, or is not clear."""


class DecisionsUnusable(ConfigError):
    """A file of decisions with something wrong in it; none of its decisions counts."""


class SuppressionsUnusable(ConfigError):
    """A suppression list that cannot be read, or has a line that is not a hash."""


# --- sources --------------------------------------------------------------------------------


class SourceError(SyncdError):
    def __init__(self, source: str, reason: str) -> None:
        super().__init__(source=source, reason=reason)
        self.source = source
        self.reason = reason


class SourceUnavailable(SourceError, Transient):
    """The source cannot be opened: no such file or host, refused credentials."""


class NotLegacy(SourceError):
    """What was opened is not a legacy WHMCS: a table is missing, or it is no dump at all."""


class AlreadyMigrated(NotLegacy):
    """A WHMCS of 8 or later, which nobody said is to be read all the same."""


class IncompleteRead(SourceError):
    """A read that could not be proven complete; no plan may be made from it (I8)."""


# --- targets --------------------------------------------------------------------------------


class TargetError(SyncdError):
    def __init__(self, action: str, message: str, **fields: object) -> None:
        super().__init__(action=action, message=message, **fields)
        self.action = action
        self.message = message


class TargetUnavailable(TargetError, Transient):
    """Not reached, or not itself: connection refused, 5xx, a page that is not JSON."""


class WrongUrl(TargetError):
    """What answers is not a WHMCS API, or says that it is elsewhere: asking again is no use."""


class DatabaseUnavailable(TargetUnavailable):
    """The target's database refuses the login or stopped answering (`observe: database`)."""


class Unreached(TargetUnavailable):
    """No connection came about, so nothing was sent; `passing` says that it may in a moment."""

    def __init__(self, action: str, message: str, *, passing: bool = False) -> None:
        super().__init__(action, message)
        self.passing = passing


class Unreadable(TargetUnavailable):
    """An answer to a reading call that says HTTP 200 and holds nothing that can be read."""


class NoAnswer(TargetUnavailable):
    """The request went out and no readable answer came: it may have been carried out."""


class Throttled(TargetUnavailable):
    """Asked to slow down; `retry_after` in seconds, where the target said."""

    def __init__(self, action: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(action, message, retry_after=retry_after)
        self.retry_after = retry_after


class AccessRefused(TargetError):
    """The target refuses us: credentials, caller's address, a role that lacks the action."""


class CredentialsRefused(AccessRefused): ...


class AddressRefused(AccessRefused): ...


class ActionRefused(AccessRefused):
    """The API role does not allow `action`."""


class CompanionUnusable(AccessRefused):
    """The companion is not there though it is required, lacks something, or is another one."""


class ActionUnknown(TargetError):
    """The target has no such action: too old, or not a WHMCS."""


class Rejected(TargetError):
    """The target read the request and said no; its sentence is `message`."""


class NotFound(Rejected): ...


class AlreadyThere(Rejected): ...


class OwnerProtected(Rejected): ...


class UnexpectedReply(TargetError):
    """A reply of a shape we do not know. Not softened: fail on what was not expected."""


class DatabaseUnknown(UnexpectedReply):
    """The target's database lacks tables or columns that reading it needs."""


class DatabaseForeign(TargetError):
    """The target's database has other data than its API shows: they are two installations."""


class WriteRefused(TargetError):
    """Our own reader was asked to write: a defect in syncd, stopped before a call was sent (I3)."""


class Unsupported(TargetError):
    """No call of the target carries out such a change; its reader's `supports` says so before."""

    def __init__(self, key: str, verb: str) -> None:
        super().__init__("perform", f"the target cannot {verb} {key}")


class PromiseImpossible(SyncdError):
    """The target cannot do what the cut-over policy promises; said before anything is read."""

    def __init__(self, target: str, cutover: str, reason: str) -> None:
        super().__init__(target=target, cutover=cutover, reason=reason)
        self.target = target
        self.cutover = cutover
        self.reason = reason


class Conflict(SyncdError):
    """The target changed meanwhile: it is no longer in the state that the change was based on."""

    def __init__(self, key: str, expected: object, observed: object) -> None:
        super().__init__(key=key, expected=expected, observed=observed)
        self.key = key
        self.expected = expected
        self.observed = observed


class NotConfirmed(SyncdError):
    """A write answered with success, and reading it back shows something else."""

    def __init__(self, key: str, expected: object, observed: object) -> None:
        super().__init__(key=key, expected=expected, observed=observed)
        self.key = key


class Unbound(SyncdError):
    """A change names something the target has no id for: its parent was not applied."""

    def __init__(self, key: str) -> None:
        super().__init__(key=key)
        self.key = key


# --- store and plan -------------------------------------------------------------------------


class StoreError(SyncdError):
    """The journal or the workspace cannot be opened or written."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(path=str(path), reason=reason)
        self.path = str(path)
        self.reason = reason


class NotPlain(StoreError):
    """A file that was to be written is a link, a folder or a device."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(path, "it is a link or no plain file")


class BindingsUnusable(ConfigError):
    """A file of bindings that cannot be imported: every problem and its line; none was taken."""


class JournalDamaged(StoreError):
    """The journal exists but cannot be read as it was written."""


class Locked(SyncdError):
    """Another syncd is working on this target."""

    def __init__(self, target: str, holder: str) -> None:
        super().__init__(target=target, holder=holder)
        self.target = target
        self.holder = holder


class Superseded(SyncdError):
    """Another process took over the lease while this one stalled: it may no longer write."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder=holder)
        self.holder = holder


class RequestRefused(SyncdError):
    """An ownership request, or a word on one, that cannot be recorded."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = reason


class ExtraMissing(SyncdError):
    """A command that needs an extra of the distribution, which is not installed."""

    def __init__(self, command: str, extra: str) -> None:
        super().__init__(command=command, extra=extra)


class PlanUnusable(SyncdError):
    """A plan that is damaged, of another version, or not made here."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(path=str(path), reason=reason)
        self.path = str(path)
        self.reason = reason


class PlanMoved(SyncdError):
    """Source or target has changed since the plan was made; `moved` names the keys."""

    def __init__(self, plan: str, moved: Sequence[str]) -> None:
        super().__init__(plan=plan, moved=list(moved))
        self.plan = plan
        self.moved = list(moved)


class DecidedOtherwise(PlanMoved):
    """The plan was made with other decisions than those given now, and the difference matters."""


class AllowedOtherwise(PlanMoved):
    """A limit holds changes that the plan applies: perhaps it was lifted when the plan was made."""


class UnknownRun(SyncdError):
    """`undo` was asked about a run that the journal does not know."""

    def __init__(self, run: str) -> None:
        super().__init__(run=run)
        self.run = run


class NotYet(SyncdError):
    """A plan that still fits, but whose invitations may not be sent at this time."""

    def __init__(self, plan: str, reason: str) -> None:
        super().__init__(plan=plan, reason=reason)
        self.plan = plan
        self.reason = reason


class UnknownKey(SyncdError):
    """`explain` was asked about something that neither source nor target knows."""

    def __init__(self, key: str) -> None:
        super().__init__(key=key)
        self.key = key


class Stopped(SyncdError):
    """A person or the system asked to stop before anything was written."""
