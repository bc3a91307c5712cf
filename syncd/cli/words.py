"""The one table that words errors for people, and the exit codes.

Every entry says what happened and ends in what to do next. Fields of the error fill the braces.
"""

from enum import IntEnum

from syncd import errors
from syncd.cli import advice


class Exit(IntEnum):
    DONE = 0
    ERROR = 1  # an unexpected error, or a change that did not apply
    USAGE = 2  # usage or config
    REFUSED = 3  # a fuse refused the plan, or verify the certificate
    NOT_READY = 4  # preflight failed, read incomplete, or locked
    HELD = 5  # finished, with held changes or open decisions


# What each means, for `--help` and the man pages.
ENDS = {
    Exit.DONE: "Done.",
    Exit.ERROR: "An unexpected error, a change that did not apply, or stopped.",
    Exit.USAGE: "The command line, the configuration or a secret cannot be used.",
    Exit.REFUSED: "A fuse refused the plan, or somebody would gain a right.",
    Exit.NOT_READY: "Source, target or journal cannot be used, runs are held, or another syncd is "
    "at work.",
    Exit.HELD: "Finished, and something waits for a person.",
}

_SAID = 'the target answered {action} with "{message}".'

# What to do where a source cannot be opened for another reason.
_OPENING = "Check path or host, user and password."

_Entry = tuple[type[errors.SyncdError], Exit, str]


def _unusable(kind: type[errors.ConfigError], what: str, advice: str) -> _Entry:
    return kind, Exit.USAGE, f"{what}{{problems}}\n{advice}"


# The first entry whose type fits is used: special before general.
_WORDS: tuple[_Entry, ...] = (
    _unusable(
        errors.DecisionsUnusable,
        "The decisions in {path} cannot be used, not even the valid ones:",
        "Look up in docs/decisions.md what an entry must have, and correct the file.",
    ),
    _unusable(
        errors.SuppressionsUnusable,
        "The suppression list {path} cannot be used:",
        "Make its lines with `syncd suppress`.",
    ),
    _unusable(
        errors.OptionUnusable,
        "The option {path} cannot be used:",
        "Look up its values in docs/commands.md.",
    ),
    (
        errors.SecretsUnusable,
        Exit.USAGE,
        (
            "The secrets that {path} refers to cannot be used:{problems}\n"
            "Put each where its key says, readable for the user that runs syncd; run again."
        ),
    ),
    _unusable(
        errors.PermissionMapUnusable,
        "The permission map {path} cannot be used:",
        "Look at docs/mappings.md for the bundled maps and the form of your own.",
    ),
    _unusable(
        errors.LabelsUnusable,
        "The table of labels {path} cannot be used:",
        "Look at docs/report.md for the bundled one and the form of your own.",
    ),
    _unusable(
        errors.TemplateUnusable,
        "The template {path} cannot be used, and no letter was written:",
        "Look up in docs/letters.md what a template may name, and correct the file.",
    ),
    _unusable(
        errors.AccountMappingUnusable,
        "The account mapping {path} cannot be used:",
        "Correct the file that accounts.mapping names; each account may be in one line only.",
    ),
    (
        errors.BindingsUnusable,
        Exit.USAGE,
        ("Nothing was imported from {path}:{problems}\nCorrect the file and run the import again."),
    ),
    (
        errors.ConfigError,
        Exit.USAGE,
        (
            "The configuration {path} cannot be used:{problems}\n"
            "Look up each key in config.example.yaml."
        ),
    ),
    (
        errors.AlreadyMigrated,
        Exit.NOT_READY,
        (
            "Source {source} is no legacy WHMCS: {reason} Read a database or backup from before "
            "the upgrade; to read what the upgrade left, set allow_migrated."
        ),
    ),
    (
        errors.NotLegacy,
        Exit.NOT_READY,
        (
            "Source {source} cannot be read as a legacy WHMCS: {reason} "
            "Check that it names the database of the legacy system, or a backup of it."
        ),
    ),
    (
        errors.IncompleteRead,
        Exit.NOT_READY,
        (
            "Source {source} was not read completely: {reason} No plan was made and nothing was "
            "changed. Put that right, then run again."
        ),
    ),
    (
        errors.SourceUnavailable,
        Exit.NOT_READY,
        "Source {source} cannot be opened: {reason} {advice}",
    ),
    (
        errors.JournalDamaged,
        Exit.NOT_READY,
        (
            "The journal {path} is damaged: {reason} A new journal would not know who has been "
            "invited, and would mail them twice. Put back the last backup and run again."
        ),
    ),
    *((kind, Exit.NOT_READY, words) for kind, words in advice.WORKERS),
    *((kind, Exit.NOT_READY, words) for kind, words in advice.STORES),
    (
        errors.NotPlain,
        Exit.NOT_READY,
        "Cannot write {path}: it is a link or not a plain file. Give the path of a plain file.",
    ),
    (
        errors.StoreError,
        Exit.NOT_READY,
        "Cannot use {path}: {reason} Check that the folder exists, is writable and has free space.",
    ),
    (
        errors.Locked,
        Exit.NOT_READY,
        (
            "Another syncd is working on {target} ({holder}). Wait until it has finished; "
            "`syncd status` shows the runs."
        ),
    ),
    *((kind, Exit.NOT_READY, words) for kind, words in advice.DAEMON),
    (
        errors.Superseded,
        Exit.NOT_READY,
        (
            "This run stalled for too long, and another syncd took over ({holder}). This run has "
            "sent nothing since then and has ended. `syncd status` shows both runs."
        ),
    ),
    (
        errors.UnknownRun,
        Exit.USAGE,
        "The journal has no run {run}. `syncd status` shows the last ones with their ids.",
    ),
    (
        errors.RequestRefused,
        Exit.USAGE,
        "Nothing was recorded: {reason} Look at docs/ownership.md for what a request must say.",
    ),
    (
        errors.ExtraMissing,
        Exit.USAGE,
        (
            "`syncd {command}` needs the extra `{extra}`, which is not installed: run "
            '`pip install ".[{extra}]"` in the folder that syncd was installed from.'
        ),
    ),
    (
        errors.PlanUnusable,
        Exit.USAGE,
        "Cannot use the plan at {path}: {reason} Make a new plan.",
    ),
    (
        errors.DecidedOtherwise,
        Exit.REFUSED,
        (
            "Plan {plan} was made with decisions other than those given now:{moved}\n"
            "Nothing was changed. Give the decisions it was made with (apply --decisions FILE, or "
            "`decisions` in the config), or make a new plan with the present ones."
        ),
    ),
    (
        errors.AllowedOtherwise,
        Exit.REFUSED,
        (
            "Plan {plan} no longer fits: the limit on one account holds changes now:{moved}\n"
            "Nothing was changed. Give --allow again if the plan was made with it; else make a "
            "new plan."
        ),
    ),
    (
        errors.PlanMoved,
        Exit.REFUSED,
        (
            "Plan {plan} no longer fits: source or target has changed since it was made:{moved}\n"
            "Nothing was changed. Make a new plan and have it reviewed."
        ),
    ),
    (
        errors.PromiseImpossible,
        Exit.NOT_READY,
        (
            "The target {target} cannot keep the cut-over policy {cutover}: {reason} Nothing was "
            "read or changed; `syncd check` shows whether another policy fits."
        ),
    ),
    (
        errors.NotYet,
        Exit.REFUSED,
        (
            "Plan {plan} cannot be applied now: {reason} Nothing was changed. Run the same command "
            "again then."
        ),
    ),
    (
        errors.UnknownKey,
        Exit.USAGE,
        (
            "Neither source nor target knows {key}{then}. Give an e-mail address, an account like "
            "legacy/17, or a contact like contact:legacy/117."
        ),
    ),
    (
        errors.Stopped,
        Exit.ERROR,
        "Stopped while planning: nothing was changed. Run again when you like.",
    ),
    (
        errors.CompanionUnusable,
        Exit.NOT_READY,
        (
            "The companion of the target cannot be used: {message}. Put that right by "
            "docs/companion.md, or set target.companion to off to go without it."
        ),
    ),
    *((kind, Exit.NOT_READY, f"Access refused: {_SAID} {do}") for kind, do in advice.ACCESS),
    (
        errors.ActionUnknown,
        Exit.NOT_READY,
        f"Target too old, or not a WHMCS: {_SAID} The target must be WHMCS 8.0 or later.",
    ),
    (
        errors.Throttled,
        Exit.NOT_READY,
        f"The target asks syncd to slow down: {_SAID} Run again later.",
    ),
    (
        errors.WrongUrl,
        Exit.NOT_READY,
        (
            "What answered {action} is not this WHMCS: {message}. Set target.url to the System URL "
            "of the new WHMCS, then run again."
        ),
    ),
    (
        errors.DatabaseUnavailable,
        Exit.NOT_READY,
        (
            "The target's database cannot be read: {message}. Check target.database in the "
            "configuration, or set target.observe to api."
        ),
    ),
    (
        errors.DatabaseUnknown,
        Exit.NOT_READY,
        (
            "The target's database is not as syncd expects it: {message}. Check that the user may "
            "read all of it; if so, set target.observe to api and report this."
        ),
    ),
    (
        errors.DatabaseForeign,
        Exit.NOT_READY,
        (
            "The target's database and API belong to two different installations: {message}. Check "
            "target.url and target.database; if they are right, run again."
        ),
    ),
    (
        errors.Unreached,
        Exit.NOT_READY,
        (
            "The target cannot be reached: {message}. Check target.url, the network and the proxy, "
            "then run again."
        ),
    ),
    (
        errors.TargetUnavailable,
        Exit.NOT_READY,
        (
            "The target does not answer {action}: {message}. Check the URL and that the site is "
            "up, then run again."
        ),
    ),
    (
        errors.UnexpectedReply,
        Exit.NOT_READY,
        f"syncd does not know this reply, and stops: {_SAID} Report what the target sent.",
    ),
    (
        errors.TargetError,
        Exit.NOT_READY,
        f"The target rejected a request: {_SAID} Look at the report, then run again.",
    ),
)


def explain_error(error: errors.SyncdError) -> tuple[Exit, str]:
    """Give the exit code of an error, and the words for a person."""
    fields = {name: _word(name, value) for name, value in error.fields.items()}
    fields["advice"] = advice.access_advice(error.__cause__) or _OPENING
    for kind, code, template in _WORDS:
        if isinstance(error, kind):
            return code, template.format(**fields)
    return Exit.ERROR, f"Unexpected: {type(error).__name__}: {error}. Please report this."


def _word(name: str, value: object) -> str:
    """Word a field: lists as indented lines, reasons with a full stop, messages without one."""
    from syncd.model.text import visible  # noqa: PLC0415 (--help needs none of it)

    if isinstance(value, list):
        return "".join(f"\n  - {visible(str(item))}" for item in value)
    text = visible(str(value).strip())
    if name == "message":
        return text.removesuffix(".")
    return f"{text}." if name == "reason" and not text.endswith((".", "!", "?")) else text
