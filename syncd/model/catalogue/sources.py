"""Codes about a source as a whole."""

from syncd.model.catalogue.code import NOTE, Code

CODES = (
    Code(
        "not_shown",
        "source",
        NOTE,
        "The source does not show everything, so the plan is made without what is missing.",
        "Keep that in mind when you read the report. A database or backup shows more than an API.",
    ),
)
