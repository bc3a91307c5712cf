"""What to do where access is refused, in the words of the table of errors and of `syncd check`."""

from syncd import errors

# What to do where access is refused, by a target or by a source that is an API.
ACCESS: tuple[tuple[type[errors.SyncdError], str], ...] = (
    (errors.CredentialsRefused, "Check identifier and secret of the API credential."),
    (errors.AddressRefused, "Add this machine's address to the API IP allow list."),
    (errors.ActionRefused, "Tick {action} in the credential's API role."),
    (errors.CompanionUnusable, "Look at docs/companion.md, or set target.companion to off."),
    (errors.AccessRefused, "Check the API credential and its role."),
)

# A journal in a database, which no run goes on without.
JOURNAL_AT = "Cannot use the journal {path}: {reason}"
JOURNAL_AWAY = (
    "What it has recorded stands, and nothing is sent to the target without it. Look at the "
    "database, then run again."
)


def access_advice(error: BaseException | None) -> str:
    """Say what to do where access was refused; "" for any other error."""
    for kind, advice in ACCESS:
        if isinstance(error, errors.SyncdError) and isinstance(error, kind):
            return advice.format(**error.fields)
    return ""
