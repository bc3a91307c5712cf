"""Codes about contacts and the mail they get."""

from syncd.model.catalogue.code import BLOCK, NOTE, REVIEW, Code

CODES = (
    Code(
        "orphan_contact",
        "T-34",
        BLOCK,
        "A contact belongs to a client that does not exist.",
        "Remove it in the legacy system, or attach it to a client there; syncd does not guess one.",
    ),
    Code(
        "contact_moved",
        "T-50",
        REVIEW,
        "The contact is under another account in the target, which now shares its mail.",
        "Ask both owners where it belongs. Add it there by hand, and remove it from the other.",
        {"leave": "the contact stays under the other account, and is not written"},
    ),
    Code(
        "recipient_added",
        "T-51",
        NOTE,
        "A contact that only the target has gets mail of the account.",
        "If the owner added it, do nothing. If not, remove it in the target.",
    ),
    Code(
        "billing_contact",
        "T-29",
        NOTE,
        "The contact is its account's billing contact, which no API call can set in the target.",
        "Check it in the target, and set it by hand where it is missing (worksheet.csv).",
    ),
    Code(
        "broken_billing_contact",
        "T-30",
        NOTE,
        "The account's billing contact is missing or belongs to another account.",
        "Nothing to do. It is left as it is, and invoices go to the account itself.",
    ),
    Code(
        "social_login",
        "T-44",
        NOTE,
        "The contact signs in through a social network; that link is not carried over.",
        "Ask the person to link it again after logging in to the target.",
    ),
    Code(
        "unclear_preference",
        "T-46",
        REVIEW,
        "A mail preference has an unknown value, and syncd does not guess what it means.",
        "Correct the preference in the legacy system.",
        {"leave": "the contact is not written, and gets no mail from the target"},
    ),
    Code(
        "inert_contact",
        "S0-15",
        NOTE,
        "A plain contact gets no mail of any kind.",
        "Nothing to do. The contact stays; the owner may say whether it is still needed.",
    ),
)
