"""Codes about contacts and the mail they get."""

from syncd.model.catalogue.code import BLOCK, NOTE, REVIEW, Code

CODES = (
    Code(
        "orphan_contact",
        "T-34",
        BLOCK,
        "A contact hangs on a client that does not exist.",
        "Remove or re-attach it in the legacy system; it is never attached by address.",
    ),
    Code(
        "billing_contact",
        "T-29",
        NOTE,
        "The contact is the billing contact of its account; no call sets that in the target.",
        "Check it in the target, and set it by hand where it is missing: see worksheet.csv.",
    ),
    Code(
        "broken_billing_contact",
        "T-30",
        NOTE,
        "The account's billing contact is missing or belongs to another account.",
        "Nothing to do: it is left as it is, and invoices go to the account itself.",
    ),
    Code(
        "social_login",
        "T-44",
        NOTE,
        "The contact signs in through a social network; that link is not carried over.",
        "Tell the person to link it again after logging in to the new user.",
    ),
    Code(
        "unclear_preference",
        "T-46",
        REVIEW,
        "A mail preference has an unknown value; mail is not guessed either way.",
        "Correct the preference in the legacy system.",
        {"leave": "the contact is not written, and gets no mail from the target"},
    ),
    Code(
        "inert_contact",
        "S0-15",
        NOTE,
        "A plain contact receives no mail of any kind.",
        "Nothing to do: the contact stays; ask the owner whether it is still needed.",
    ),
)
