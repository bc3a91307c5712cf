"""Codes about a source as a whole."""

from syncd.model.catalogue.code import NOTE, Code

CODES = (
    Code(
        "not_shown",
        "source",
        NOTE,
        "The source does not show something; it was read without.",
        "Read the report with that in mind. A database or a backup shows more than an API does.",
    ),
)
