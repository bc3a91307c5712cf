"""Codes about contacts and the mail they get."""

from syncd.model.catalogue.code import BLOCK, REVIEW, Code

CODES = (
    Code(
        "orphan_contact",
        "T-34",
        BLOCK,
        "A contact hangs on a client that does not exist.",
        "Remove or re-attach it in the legacy system; it is never attached by address.",
    ),
    Code(
        "unclear_preference",
        "T-46",
        REVIEW,
        "A mail preference has an unknown value; mail is not guessed either way.",
        "Correct the preference in the legacy system.",
        {"leave": "the contact is not written, and gets no mail from the target"},
    ),
)
