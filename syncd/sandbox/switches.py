"""What the public documentation of WHMCS leaves open, each as a named switch.

The default is what is documented or, failing that, most likely. A client that is right under one
setting only has guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Switch:
    name: str
    values: tuple[str, ...] | None
    """The allowed values; None allows any text."""
    default: str
    question: str


SWITCHES: Mapping[str, Switch] = {
    switch.name: switch
    for switch in (
        Switch(
            "version",
            ("7.10.2", "8.0.4", "8.1.3", "8.5.2", "8.13.1", "9.0.5"),
            "8.13.1",
            "Which release is it? 7.10 has sub-accounts and no users; 8.0 lacks GetUsers; some "
            "parameters and sentences came later.",
        ),
        Switch(
            "language",
            None,
            "english",
            "Which language has the installation (the setting Language), for whom nothing else "
            "is set?",
        ),
        Switch(
            "permissions_body",
            ("list", "wrapped", "single", "csv", "map", "numbered", "absent"),
            "list",
            "What does GetUserPermissions answer beside result? `single` is wrapped, and a bare "
            "string when there is one; `map` is {key: 1}; `numbered` is {'0': key}.",
        ),
        Switch(
            "owner_permissions",
            ("all", "empty"),
            "all",
            "What does GetUserPermissions answer for the owner?",
        ),
        Switch(
            "ids",
            ("live", "documented", "int", "string"),
            "live",
            "Numbers or text? `live`: what is read or created is a number, an update echoes its id "
            "as text; 7.10 reads text, but for the counters. `documented`: the answer to a write "
            "is text, and all of 7.10.",
        ),
        Switch(
            "empty_containers",
            ("drop", "blank", "list"),
            "drop",
            'Is the container of an empty list left out, "" or an empty list?',
        ),
        Switch(
            "limitnum_cap",
            ("none", "25", "100", "250"),
            "none",
            "Is there a silent maximum for limitnum?",
        ),
        Switch(
            "hide_numreturned",
            ("off", "on"),
            "off",
            "Do paged answers always carry numreturned?",
        ),
        Switch(
            "isowner_key",
            ("camel", "snake"),
            "camel",
            "Is it isOwner or is_owner within GetUsers?",
        ),
        Switch(
            "permissions_list_status",
            ("status", "result"),
            "status",
            "Does GetPermissionsList say status=success or result=success?",
        ),
        Switch(
            "default_format",
            ("json", "xml", "nvp"),
            "json",
            "What is answered when responsetype is left out?",
        ),
        Switch(
            "unknown_action_status",
            ("200", "403"),
            "200",
            "Which HTTP status has an action that does not exist?",
        ),
        Switch(
            "entity_encode",
            ("off", "on"),
            "off",
            "Does a write keep names and addresses entity-encoded (`&amp;`, `&#039;`)?",
        ),
        Switch(
            "email_folding",
            ("ci", "cs"),
            "ci",
            "Are e-mail addresses of users compared regardless of case?",
        ),
        Switch(
            "second_invite",
            ("allow", "reject", "replace"),
            "allow",
            "What does an invite do while one to the same address and client is pending?",
        ),
        Switch(
            "invite_other_address",
            ("allow", "reject"),
            "allow",
            "May an invite be accepted under another address than the invited one?",
        ),
        Switch(
            "unknown_permissions",
            ("ignore", "reject"),
            "ignore",
            "What becomes of a permission key that does not exist?",
        ),
        Switch(
            "empty_permissions",
            ("reject", "accept"),
            "reject",
            "May a member or an invite have no permission at all?",
        ),
        Switch(
            "password_limit",
            ("72", "64", "32", "none"),
            "72",
            "How long may a password be? That there is a maximum from 9.0 on is in its theme, how "
            "long it is, is not.",
        ),
        Switch(
            "adduser_mail",
            ("none", "welcome"),
            "none",
            "Does AddUser send any mail?",
        ),
        Switch(
            "addclient_owner_id",
            ("on", "off"),
            "on",
            "Does AddClient answer owner_id beside clientid, as live installations do?",
        ),
        Switch(
            "duplicate_contact_email",
            ("allow", "reject"),
            "allow",
            "May two contacts have one e-mail address?",
        ),
        Switch(
            "flat_preferences",
            ("ignore", "accept"),
            "ignore",
            "Do the pre-7.10 names (generalemails=1) still work when writing a contact?",
        ),
        Switch(
            "icann_guard",
            ("on", "off"),
            "on",
            "Must somebody on every client keep receiving domain mail?",
        ),
        Switch(
            "companion",
            ("off", "on"),
            "off",
            "Are the companion's four actions installed? `--companion` is short for it.",
        ),
        Switch(
            "companion_protocol",
            ("1", "2"),
            "1",
            "Which protocol does the companion speak?",
        ),
        Switch(
            "companion_lacks",
            None,
            "",
            "Which columns that the companion needs are not there, as `tblusers.language`, with "
            "spaces between?",
        ),
        Switch(
            "hook_veto",
            None,
            "",
            "The sentence with which a validation hook refuses writes to clients and contacts; "
            "blank for no hook.",
        ),
    )
}

# The release that stands for a whole generation: the last one with sub-accounts, and the default.
GENERATIONS: Mapping[str, str] = {"7": "7.10.2", "8": SWITCHES["version"].default}

DEFAULTS: Mapping[str, str] = {name: switch.default for name, switch in SWITCHES.items()}


class UnknownSwitch(ValueError):
    """A name that is no switch or a value it does not allow; the text says which ones are."""


def check(wanted: Mapping[str, object]) -> dict[str, str]:
    """Return `wanted` as text, or raise UnknownSwitch for the first thing wrong with it."""
    return {name: _checked(name, str(value)) for name, value in wanted.items()}


def _checked(name: str, value: str) -> str:
    switch = SWITCHES.get(name)
    if switch is None:
        raise UnknownSwitch(f"There is no switch {name!r}. There are: {', '.join(SWITCHES)}.")
    if switch.values is not None and value not in switch.values:
        allowed = ", ".join(switch.values)
        raise UnknownSwitch(f"Switch {name!r} cannot be {value!r}. It may be: {allowed}.")
    return value


def release(switches: Mapping[str, str]) -> tuple[int, int]:
    """Return major and minor of the simulated version, for comparing."""
    major, minor = switches["version"].split(".")[:2]
    return int(major), int(minor)
