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
        "control_characters",
        "T-24",
        REVIEW,
        "A value holds control characters or line breaks.",
        "Clean the value in the legacy system.",
        {"leave": "what holds the value is not written"},
    ),
    Code(
        "name_filled_in",
        "S0-11",
        NOTE,
        "A first or last name the target requires is missing and was filled in.",
        "Nothing to do; the person can correct it after logging in.",
    ),
)
