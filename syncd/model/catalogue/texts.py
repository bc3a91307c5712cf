"""Codes about names and other text."""

from syncd.model.catalogue.code import NOTE, REVIEW, Code

CODES = (
    Code(
        "too_long",
        "T-16",
        REVIEW,
        "A value is longer than the target's column and would be cut.",
        "Shorten it in the legacy system.",
        {"leave": "what would be cut is not written"},
    ),
    Code(
        "entities_decoded",
        "T-21",
        NOTE,
        "A name holds HTML entities and is written with the characters they stand for.",
        "Nothing to do.",
    ),
    Code(
        "entities_twice",
        "T-21",
        REVIEW,
        "A name holds HTML entities that were encoded more than once.",
        "Correct the name in the legacy system, if what is proposed is right.",
        {
            "apply": "the name is written decoded once, with the entities that are left",
            "leave": "what holds the name is not written",
        },
    ),
    Code(
        "mojibake",
        "T-22",
        REVIEW,
        "A name looks like text that was read in the wrong character set.",
        "Correct the name in the legacy system, if what is proposed is right.",
        {
            "apply": "the name is written as it stands",
            "leave": "what holds the name is not written",
        },
    ),
    Code(
        "undecoded",
        "T-22",
        REVIEW,
        "A value holds bytes that are no text in its character set, shown as \\xNN.",
        "Correct the value in the legacy system.",
        {"leave": "what holds the value is not written"},
    ),
    Code(
        "four_byte_characters",
        "T-23",
        REVIEW,
        "A value holds characters that the target's tables cannot store.",
        "Replace them in the legacy system, or set names.four_byte if the target can store them.",
        {"leave": "what holds the value is not written"},
    ),
    Code(
        "control_characters",
        "T-24",
        REVIEW,
        "A value holds control characters or line breaks.",
        "Clean the value in the legacy system, if what is proposed is right.",
        {"leave": "what holds the value is not written"},
    ),
    Code(
        "name_filled_in",
        "S0-11",
        NOTE,
        "A first or last name the target requires is missing and was filled in.",
        "Nothing to do; the person can correct it after logging in.",
    ),
    Code(
        "language_left_out",
        "T-57",
        NOTE,
        "An account has a language that WHMCS does not bring; it is left out.",
        "Nothing to do: the target's default holds until the person chooses one.",
    ),
)
