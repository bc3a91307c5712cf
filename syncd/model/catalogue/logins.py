"""Codes about sub-accounts: who logs in, and as whom."""

from syncd.model.catalogue.code import NOTE, REVIEW, Code

CODES = (
    Code(
        "plain_twin",
        "T-02",
        NOTE,
        "The address is also a plain contact of the same account.",
        "Nothing to do: only the sub-account gives access, both contacts stay.",
    ),
    Code(
        "twin_logins_same",
        "T-03",
        NOTE,
        "Two sub-accounts of one account share an address and have the same permissions.",
        "Nothing to do: they become one membership.",
    ),
    Code(
        "twin_logins_overlap",
        "T-03",
        REVIEW,
        "Two sub-accounts of one account share an address and have different permissions.",
        "Decide which set holds; proposed is only what both have.",
        {
            "apply": "the person gets only what every one of the sub-accounts has",
            "union": "the person gets what any of the sub-accounts has, more than each alone",
            "leave": "the person gets no membership here",
        },
    ),
    Code(
        "twin_logins_disjoint",
        "T-03",
        REVIEW,
        "Two sub-accounts of one account share an address and have no permission in common.",
        "Decide which set holds; until then the person gets no membership.",
        {
            "union": "the person gets what any of the sub-accounts has, more than each alone",
            "leave": "the person gets no membership here",
        },
    ),
    Code(
        "owner_has_it",
        "T-04",
        NOTE,
        "A sub-account has the address of the account's own owner.",
        "Nothing to do: the owner may do everything anyway; the contact stays for its mail.",
    ),
    Code(
        "owner_elsewhere",
        "T-05",
        NOTE,
        "A sub-account has the address of another account's owner.",
        "Nothing to do: the person is invited and keeps the login of the other account.",
    ),
    Code(
        "owner_elsewhere_other_name",
        "T-05",
        REVIEW,
        "A sub-account has the address of another account's owner, under another name.",
        "Find out whether both are one person before that owner is let in here.",
        {
            "apply": "that owner is invited here, with the sub-account's permissions",
            "leave": "that owner is not invited here",
        },
    ),
    Code(
        "many_accounts",
        "T-06",
        NOTE,
        "One person has sub-accounts in several accounts.",
        "Nothing to do: one user, one membership for each account, rights kept apart.",
    ),
    Code(
        "many_names",
        "T-07",
        REVIEW,
        "One address has sub-accounts under different names.",
        "Find out whether it is one person or a shared mailbox.",
        {
            "apply": "it is one person: every account's membership is made under this address",
            "leave": "no membership is made under this address",
        },
    ),
    Code(
        "dormant_login_data",
        "T-25",
        NOTE,
        "A plain contact still carries permissions or a password of a former sub-account.",
        "Nothing to do: un-ticking the sub-account was a revocation and is honoured.",
    ),
    Code(
        "unclear_subaccount",
        "T-46",
        REVIEW,
        "The sub-account mark has an unknown value; it is not taken for a login.",
        "Correct the column `subaccount` in the legacy system.",
        {"leave": "it is not a login; the contact stays for its mail"},
    ),
    Code(
        "unexpected_member",
        "T-49",
        REVIEW,
        "An invitation waits, and somebody unknown has just its permissions on that account.",
        "Ask the account's owner whether it was accepted under another address, and who may stay.",
        {
            "apply": "They have nothing to do with each other: the invitation goes on as planned.",
            "leave": "The invited person is not invited again; the other one stays.",
        },
    ),
    Code(
        "login_elsewhere",
        "T-09",
        NOTE,
        "A plain contact has an address that logs in elsewhere.",
        "Nothing to do: the contact gains no login here.",
    ),
)
