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
        "Correct the address in the legacy system; what is proposed is never written.",
        {"leave": "nobody is invited under this address; the contact stays"},
    ),
    Code(
        "contact_address_invalid",
        "T-13",
        NOTE,
        "A contact's e-mail address is not a usable address.",
        "Nothing to do for access; correct it if the contact should get mail.",
    ),
    Code(
        "look_alikes",
        "T-15",
        REVIEW,
        "Two addresses of people who log in look alike and are different mailboxes.",
        "Ask the owners of both accounts which address is right, and correct the other one.",
        {
            "apply": "the two are different people: this one is invited under this address",
            "leave": "nobody is invited under this address; the contact stays",
        },
    ),
    Code(
        "mixed_scripts",
        "T-15",
        NOTE,
        "An address has letters of several scripts that look alike.",
        "Compare it, letter by letter, with what the person writes.",
    ),
    Code(
        "reserved_login",
        "T-41",
        REVIEW,
        "A sub-account's address is in a domain reserved for tests; nobody reads mail there.",
        "Correct the address, or remove the test row in the legacy system.",
        {
            "apply": "the address is invited, though nobody reads the mail",
            "leave": "nobody is invited under this address; the contact stays",
        },
    ),
    Code(
        "reserved_owner",
        "T-41",
        REVIEW,
        "An owner's address is in a domain reserved for tests; nobody reads mail there.",
        "Correct the owner's address, or remove the test account in the legacy system.",
        {
            "apply": "the account is made with this owner, whom no mail reaches",
            "leave": "the account is not made, and what hangs on it waits",
        },
    ),
    Code(
        "reserved_contact",
        "T-41",
        NOTE,
        "A contact's address is in a domain reserved for tests; nobody reads mail there.",
        "Nothing to do for access; correct it if the contact should get mail.",
    ),
    Code(
        "staff_login",
        "T-59",
        REVIEW,
        "A sub-account's address is one of the provider's own staff.",
        "Keep staff and customers apart: ask why a member of staff logs in as a customer.",
        {
            "apply": "the member of staff is invited as a customer's user",
            "leave": "nobody is invited under this address; the contact stays",
        },
    ),
)
