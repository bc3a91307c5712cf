"""Codes about e-mail addresses."""

from syncd.model.catalogue.code import BLOCK, NOTE, REVIEW, Code

CODES = (
    Code(
        "role_mailbox",
        "T-10",
        NOTE,
        "A sub-account logs in with a role mailbox, such as info@, that several people may read.",
        "Ask the account's owner for a personal address.",
    ),
    Code(
        "contact_without_email",
        "T-11",
        NOTE,
        "A contact has no e-mail address, so its mail preferences have no effect.",
        "Nothing to do. The contact stays.",
    ),
    Code(
        "login_without_email",
        "T-12",
        BLOCK,
        "A sub-account has no e-mail address, so it cannot become a user.",
        "Enter an address in the legacy system, or ask the owner to invite the person.",
    ),
    Code(
        "login_address_invalid",
        "T-13",
        REVIEW,
        "A sub-account's e-mail address is not valid.",
        "Correct the address in the legacy system. A proposed address is a hint, never written.",
        {"leave": "nobody is invited under this address; the contact stays"},
    ),
    Code(
        "address_encoded",
        "T-13",
        REVIEW,
        "An e-mail address contains an HTML entity, such as &#039; for an apostrophe.",
        "Check the proposed address: apply takes it for every row that has this one.",
        {
            "apply": "the proposed address is taken wherever this one stands, owners too",
            "leave": "nobody is invited under this address; the contact stays as it is",
        },
    ),
    Code(
        "contact_address_invalid",
        "T-13",
        NOTE,
        "A contact's e-mail address is not valid.",
        "Access is not affected. Correct the address if the contact should get mail.",
    ),
    Code(
        "look_alikes",
        "T-15",
        REVIEW,
        "Two logins have addresses that look alike but are different mailboxes.",
        "Ask the owners of both accounts which address is right, and correct the other.",
        {
            "apply": "they are different people: this one is invited under this address",
            "leave": "nobody is invited under this address; the contact stays",
        },
    ),
    Code(
        "mixed_scripts",
        "T-15",
        NOTE,
        "An address mixes letters of several scripts that look alike.",
        "Compare it, letter by letter, with the address that the person gives you.",
    ),
    Code(
        "reserved_login",
        "T-41",
        REVIEW,
        "A sub-account's address is in a domain reserved for tests, where nobody reads mail.",
        "Correct the address in the legacy system, or remove the test row there.",
        {
            "apply": "an invitation is sent to this address, though nobody reads mail there",
            "leave": "nobody is invited under this address; the contact stays",
        },
    ),
    Code(
        "reserved_owner",
        "T-41",
        REVIEW,
        "An owner's address is in a domain reserved for tests, where nobody reads mail.",
        "Correct the owner's address in the legacy system, or remove the test account there.",
        {
            "apply": "the account is created with this owner, whom no mail reaches",
            "leave": "the account is not created, and everything on it is held",
        },
    ),
    Code(
        "reserved_contact",
        "T-41",
        NOTE,
        "A contact's address is in a domain reserved for tests, where nobody reads mail.",
        "Access is not affected. Correct the address if the contact should get mail.",
    ),
    Code(
        "staff_login",
        "T-59",
        REVIEW,
        "A sub-account's address belongs to the provider's own staff.",
        "Find out why a member of staff logs in as a customer. The two are better kept apart.",
        {
            "apply": "the member of staff is invited like a customer",
            "leave": "nobody is invited under this address; the contact stays",
        },
    ),
)
