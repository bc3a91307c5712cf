"""Codes about e-mail addresses."""

from syncd.model.catalogue.code import BLOCK, NOTE, REVIEW, Code

CODES = (
    Code(
        "role_mailbox",
        "T-10",
        NOTE,
        "A sub-account logs in with a role mailbox that several people may read.",
        "Ask the account's owner for a personal address.",
    ),
    Code(
        "contact_without_email",
        "T-11",
        NOTE,
        "A contact has no e-mail address; its mail preferences have no effect.",
        "Nothing to do: the contact stays.",
    ),
    Code(
        "login_without_email",
        "T-12",
        BLOCK,
        "A sub-account has no e-mail address, so no user can be made of it.",
        "Enter an address in the legacy system, or tell the owner to invite the person.",
    ),
    Code(
        "login_address_invalid",
        "T-13",
        REVIEW,
        "A sub-account's e-mail address is not a usable address.",
        "Correct the address in the legacy system; it is never guessed.",
        {"leave": "nobody is invited under this address; the contact stays"},
    ),
    Code(
        "contact_address_invalid",
        "T-13",
        NOTE,
        "A contact's e-mail address is not a usable address.",
        "Nothing to do for access; correct it if the contact should get mail.",
    ),
)
