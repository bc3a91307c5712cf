"""Codes about accounts, their owners, and which account of the target is which."""

from syncd.model.catalogue.code import BLOCK, NOTE, REVIEW, Code

CODES = (
    Code(
        "closed_account",
        "T-36",
        NOTE,
        "The account is closed and left out with its contacts and sub-accounts.",
        "Set policy.closed to `owner` or `all` to carry closed accounts over.",
    ),
    Code(
        "owner_missing",
        "T-38",
        BLOCK,
        "The account has no usable e-mail address, so it can have no owner.",
        "Enter the owner's address in the legacy system.",
    ),
    Code(
        "owner_of_many",
        "T-39",
        NOTE,
        "Several accounts have the same owner address.",
        "Nothing to do: one user owns them all, the accounts stay apart.",
    ),
    Code(
        "owner_of_many_names",
        "T-39",
        REVIEW,
        "Several accounts share an owner address under different names.",
        "Find out whether one person owns both before one login opens both.",
        {
            "apply": "one person owns both: one login opens both accounts",
            "leave": "the account is not made, and what hangs on it waits",
        },
    ),
    Code(
        "second_factor",
        "T-43",
        NOTE,
        "The account's login is secured by a second factor, which is not carried over.",
        "Tell the owner to set it up again, unless the owner's user in the target has one.",
    ),
    Code(
        "erased_person",
        "T-40",
        NOTE,
        "An anonymised row of an erased person was skipped.",
        "Nothing to do.",
    ),
    Code(
        "account_ambiguous",
        "T-39",
        REVIEW,
        "Several accounts could be the same account of the target.",
        "Name the pair in the account mapping file.",
        {"leave": "the account is matched with none, and nothing is written to it"},
    ),
    Code(
        "account_mismatch",
        "T-54",
        REVIEW,
        "The target's account with the same id belongs to somebody else by address and name.",
        "Name the pair in the account mapping file, or match by e-mail address.",
        {"leave": "the account is matched with none, and nothing is written to it"},
    ),
    Code(
        "account_unbound",
        "T-54",
        BLOCK,
        "The account mapping file names an account that one side does not have.",
        "Correct the line in the account mapping file.",
    ),
)
