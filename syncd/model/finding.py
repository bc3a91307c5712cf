"""Findings: what a person should know about the data, and the catalogue of their codes.

A finding's *scope* is the key of the smallest thing the doubt touches (`membership:...`,
`user:<email>` for all logins of an identity, `contact:...`, `account:...`). A review holds the
changes in its scope until a person decides; a block holds them whatever anybody decides; a note
holds nothing.
"""

from enum import StrEnum

import msgspec


class Severity(StrEnum):
    NOTE = "note"
    REVIEW = "review"
    BLOCK = "block"


class Code(msgspec.Struct, frozen=True):
    """`case` names the case of real data (T-xx) or the rule (S-xx) it answers."""

    code: str
    case: str
    severity: Severity
    sentence: str
    advice: str


class Finding(msgspec.Struct, frozen=True):
    """One finding on one thing. `detail` quotes the data; never a secret."""

    code: str
    scope: str
    account: str = ""
    contact_id: str = ""
    email: str = ""
    detail: str = ""

    @property
    def case(self) -> str:
        return CATALOGUE[self.code].case

    @property
    def severity(self) -> Severity:
        return CATALOGUE[self.code].severity


def _catalogue(*codes: Code) -> dict[str, Code]:
    return {code.code: code for code in codes}


_N, _R, _B = Severity.NOTE, Severity.REVIEW, Severity.BLOCK

CATALOGUE = _catalogue(
    Code(
        "plain_twin",
        "T-02",
        _N,
        "The address is also a plain contact of the same account.",
        "Nothing to do: only the sub-account gives access, both contacts stay.",
    ),
    Code(
        "twin_logins_same",
        "T-03",
        _N,
        "Two sub-accounts of one account share an address and have the same permissions.",
        "Nothing to do: they become one membership.",
    ),
    Code(
        "twin_logins_overlap",
        "T-03",
        _R,
        "Two sub-accounts of one account share an address and have different permissions.",
        "Decide which set holds; proposed is only what both have.",
    ),
    Code(
        "twin_logins_disjoint",
        "T-03",
        _R,
        "Two sub-accounts of one account share an address and have no permission in common.",
        "Decide which set holds; until then the person gets no membership.",
    ),
    Code(
        "owner_has_it",
        "T-04",
        _N,
        "A sub-account has the address of the account's own owner.",
        "Nothing to do: the owner may do everything anyway; the contact stays for its mail.",
    ),
    Code(
        "owner_elsewhere",
        "T-05",
        _N,
        "A sub-account has the address of another account's owner.",
        "Nothing to do: the person is invited and keeps the login of the other account.",
    ),
    Code(
        "owner_elsewhere_other_name",
        "T-05",
        _R,
        "A sub-account has the address of another account's owner, under another name.",
        "Find out whether both are one person before that owner is let in here.",
    ),
    Code(
        "many_accounts",
        "T-06",
        _N,
        "One person has sub-accounts in several accounts.",
        "Nothing to do: one user, one membership for each account, rights kept apart.",
    ),
    Code(
        "many_names",
        "T-07",
        _R,
        "One address has sub-accounts under different names.",
        "Find out whether it is one person or a shared mailbox.",
    ),
    Code(
        "login_elsewhere",
        "T-09",
        _N,
        "A plain contact has an address that logs in elsewhere.",
        "Nothing to do: the contact gains no login here.",
    ),
    Code(
        "role_mailbox",
        "T-10",
        _N,
        "A sub-account logs in with a role mailbox that several people may read.",
        "Ask the account's owner for a personal address.",
    ),
    Code(
        "contact_without_email",
        "T-11",
        _N,
        "A contact has no e-mail address; its mail preferences have no effect.",
        "Nothing to do: the contact stays.",
    ),
    Code(
        "login_without_email",
        "T-12",
        _B,
        "A sub-account has no e-mail address, so no user can be made of it.",
        "Enter an address in the legacy system, or tell the owner to invite the person.",
    ),
    Code(
        "login_address_invalid",
        "T-13",
        _R,
        "A sub-account's e-mail address is not a usable address.",
        "Correct the address in the legacy system; it is never guessed.",
    ),
    Code(
        "contact_address_invalid",
        "T-13",
        _N,
        "A contact's e-mail address is not a usable address.",
        "Nothing to do for access; correct it if the contact should get mail.",
    ),
    Code(
        "too_long",
        "T-16",
        _R,
        "A value is longer than the target's column and would be cut.",
        "Shorten it in the legacy system.",
    ),
    Code(
        "unknown_flag",
        "T-17",
        _R,
        "A sub-account has a permission flag that no mapping knows.",
        "Add an exact alias or list the flag under `ignored` in the mapping.",
    ),
    Code(
        "unreadable_flags",
        "T-18",
        _R,
        "A sub-account's permissions are not readable; nothing was taken from them.",
        "Correct the permissions in the legacy system.",
    ),
    Code(
        "unusable_alone",
        "T-20",
        _N,
        "A permission is given without the one that shows what it works on.",
        "Nothing is added: tell the owner it may not be usable.",
    ),
    Code(
        "control_characters",
        "T-24",
        _R,
        "A value holds control characters or line breaks.",
        "Clean the value in the legacy system.",
    ),
    Code(
        "dormant_login_data",
        "T-25",
        _N,
        "A plain contact still carries permissions or a password of a former sub-account.",
        "Nothing to do: un-ticking the sub-account was a revocation and is honoured.",
    ),
    Code(
        "login_without_rights",
        "T-26",
        _R,
        "A sub-account has no permission at all; the target cannot express that.",
        "Decide whether the person needs a login; until then only the contact stays.",
    ),
    Code(
        "full_rights",
        "T-27",
        _N,
        "A sub-account has every permission.",
        "Check with the owner: it becomes a member with all permissions, never an owner.",
    ),
    Code(
        "orphan_contact",
        "T-34",
        _B,
        "A contact hangs on a client that does not exist.",
        "Remove or re-attach it in the legacy system; it is never attached by address.",
    ),
    Code(
        "closed_account",
        "T-36",
        _N,
        "The account is closed and left out with its contacts and sub-accounts.",
        "Set policy.closed to `owner` or `all` to carry closed accounts over.",
    ),
    Code(
        "owner_missing",
        "T-38",
        _B,
        "The account has no usable e-mail address, so it can have no owner.",
        "Enter the owner's address in the legacy system.",
    ),
    Code(
        "owner_of_many",
        "T-39",
        _N,
        "Several accounts have the same owner address.",
        "Nothing to do: one user owns them all, the accounts stay apart.",
    ),
    Code(
        "owner_of_many_names",
        "T-39",
        _R,
        "Several accounts share an owner address under different names.",
        "Find out whether one person owns both before one login opens both.",
    ),
    Code(
        "erased_person",
        "T-40",
        _N,
        "An anonymised row of an erased person was skipped.",
        "Nothing to do.",
    ),
    Code(
        "unclear_subaccount",
        "T-46",
        _R,
        "The sub-account mark has an unknown value; it is not taken for a login.",
        "Correct the column `subaccount` in the legacy system.",
    ),
    Code(
        "unclear_preference",
        "T-46",
        _R,
        "A mail preference has an unknown value; mail is not guessed either way.",
        "Correct the preference in the legacy system.",
    ),
    Code(
        "delegate_loses_power",
        "S0-07",
        _N,
        "A sub-account that may manage contacts could create sub-accounts before.",
        "Tell the owner: now only the owner invites people.",
    ),
    Code(
        "name_filled_in",
        "S0-11",
        _N,
        "A first or last name the target requires is missing and was filled in.",
        "Nothing to do; the person can correct it after logging in.",
    ),
    Code(
        "account_ambiguous",
        "T-39",
        _R,
        "Several accounts could be the same account of the target.",
        "Name the pair in the account mapping file.",
    ),
    Code(
        "account_mismatch",
        "T-54",
        _R,
        "The target's account with the same id belongs to somebody else by address and name.",
        "Name the pair in the account mapping file, or match by e-mail address.",
    ),
    Code(
        "account_unbound",
        "T-54",
        _B,
        "The account mapping file names an account that one side does not have.",
        "Correct the line in the account mapping file.",
    ),
)
