"""Codes about permission flags."""

from syncd.model.catalogue.code import NOTE, REVIEW, Code

CODES = (
    Code(
        "unknown_flag",
        "T-17",
        REVIEW,
        "A sub-account has a permission flag that the mapping does not know.",
        "Add an exact alias for the flag, or list it under `ignored`, in the mapping.",
        {
            "apply": "the person gets the known permissions, without the unknown flag",
            "leave": "the person gets no membership here",
        },
    ),
    Code(
        "unreadable_flags",
        "T-18",
        REVIEW,
        "A sub-account's permissions cannot be read, so nothing is granted from them.",
        "Correct the permissions in the legacy system.",
        {"leave": "the person gets no membership here"},
    ),
    Code(
        "unusable_alone",
        "T-20",
        NOTE,
        "A sub-account has a permission without the one that shows what it works on.",
        "Nothing is added. Tell the owner that this permission may be of no use.",
    ),
    Code(
        "login_without_rights",
        "T-26",
        REVIEW,
        "A sub-account has no permission at all, and the target has no such members.",
        "Decide whether the person needs a login. Until then only the contact stays.",
        {"leave": "the person gets no login; the contact stays for its mail"},
    ),
    Code(
        "full_rights",
        "T-27",
        NOTE,
        "A sub-account has every permission.",
        "Check with the owner. The person becomes a member with all permissions, not an owner.",
    ),
    Code(
        "owner_mixup",
        "T-28",
        NOTE,
        "The owner may be an agency, and a sub-account with every permission the customer.",
        "Ask both. Ownership is changed only by hand, on the client's Users tab.",
    ),
    Code(
        "renewal_needs_more",
        "S0-21",
        NOTE,
        "A sub-account may pay invoices, but may not order or see products or domains.",
        "Nothing is added. Ask the owner whether the person also has to renew services.",
    ),
    Code(
        "delegate_loses_power",
        "S0-07",
        NOTE,
        "In the legacy system, a sub-account that may manage contacts can create sub-accounts.",
        "Inform the owner: in the target, only the owner can invite people.",
    ),
)
