"""Codes about permission flags."""

from syncd.model.catalogue.code import NOTE, REVIEW, Code

CODES = (
    Code(
        "unknown_flag",
        "T-17",
        REVIEW,
        "A sub-account has a permission flag that no mapping knows.",
        "Add an exact alias or list the flag under `ignored` in the mapping.",
        {
            "apply": "the person gets the permissions that are known, without the unknown flag",
            "leave": "the person gets no membership here",
        },
    ),
    Code(
        "unreadable_flags",
        "T-18",
        REVIEW,
        "A sub-account's permissions are not readable; nothing was taken from them.",
        "Correct the permissions in the legacy system.",
        {"leave": "the person gets no membership here"},
    ),
    Code(
        "unusable_alone",
        "T-20",
        NOTE,
        "A permission is given without the one that shows what it works on.",
        "Nothing is added: tell the owner it may not be usable.",
    ),
    Code(
        "login_without_rights",
        "T-26",
        REVIEW,
        "A sub-account has no permission at all; the target cannot express that.",
        "Decide whether the person needs a login; until then only the contact stays.",
        {"leave": "the person gets no login; the contact stays for its mail"},
    ),
    Code(
        "full_rights",
        "T-27",
        NOTE,
        "A sub-account has every permission.",
        "Check with the owner: it becomes a member with all permissions, never an owner.",
    ),
    Code(
        "owner_mixup",
        "T-28",
        NOTE,
        "A sub-account with every permission may be the real boss, and the owner an agency.",
        "Ask both; ownership moves only by hand, on the client's Users tab.",
    ),
    Code(
        "renewal_needs_more",
        "S0-21",
        NOTE,
        "A sub-account may pay invoices, and neither order nor see products or domains.",
        "Nothing is added: ask the owner whether the person also has to renew services.",
    ),
    Code(
        "delegate_loses_power",
        "S0-07",
        NOTE,
        "A sub-account that may manage contacts could create sub-accounts before.",
        "Tell the owner: now only the owner invites people.",
    ),
)
