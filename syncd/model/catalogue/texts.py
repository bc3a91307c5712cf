"""Codes about names and other text."""

from syncd.model.catalogue.code import NOTE, REVIEW, Code

CODES = (
    Code(
        "too_long",
        "T-16",
        REVIEW,
        "A value is longer than the target's column and would be cut off.",
        "Shorten it in the legacy system.",
        {"leave": "the record that holds the value is not written"},
    ),
    Code(
        "entities_decoded",
        "T-21",
        NOTE,
        "A name contains HTML entities. It is written with the characters they stand for.",
        "The name needs no correction.",
    ),
    Code(
        "entities_twice",
        "T-21",
        REVIEW,
        "A name contains HTML entities that were encoded more than once.",
        "If the proposed name is right, correct it in the legacy system.",
        {
            "apply": "the name is decoded once and written with the entities that are left",
            "leave": "the record that holds the name is not written",
        },
    ),
    Code(
        "mojibake",
        "T-22",
        REVIEW,
        "A name looks like text that was read in the wrong character set.",
        "If the proposed name is right, correct it in the legacy system.",
        {
            "apply": "the name is written as it stands",
            "leave": "the record that holds the name is not written",
        },
    ),
    Code(
        "undecoded",
        "T-22",
        REVIEW,
        "A value contains bytes that are not text in its character set, shown as \\xNN.",
        "Correct the value in the legacy system.",
        {"leave": "the record that holds the value is not written"},
    ),
    Code(
        "four_byte_characters",
        "T-23",
        REVIEW,
        "A value contains characters that the target's tables cannot store.",
        "Replace them in the legacy system, or set names.four_byte if the target can store them.",
        {"leave": "the record that holds the value is not written"},
    ),
    Code(
        "control_characters",
        "T-24",
        REVIEW,
        "A value contains control characters or line breaks.",
        "If the proposed value is right, correct it in the legacy system.",
        {"leave": "the record that holds the value is not written"},
    ),
    Code(
        "name_filled_in",
        "S0-11",
        NOTE,
        "The target requires a first and a last name; the missing one was filled in.",
        "Nothing to do. The person can correct it after logging in.",
    ),
    Code(
        "language_left_out",
        "T-57",
        NOTE,
        "An account has a language that WHMCS does not come with, so it is left out.",
        "Nothing to do. The target's default applies until the person chooses a language.",
    ),
)
