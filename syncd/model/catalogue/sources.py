"""Codes about a source as a whole."""

from syncd.model.catalogue.code import NOTE, REVIEW, Code

CODES = (
    Code(
        "not_shown",
        "source",
        NOTE,
        "The source does not show everything; this plan takes no account of what is missing.",
        "Keep that in mind when you read the report. A database or backup shows more than an API.",
    ),
    Code(
        "maybe_cut",
        "source",
        REVIEW,
        "This backup has no end mark: a part of it may be missing, so nothing is removed.",
        "Make the backup with mysqldump, which marks the end, or record that this one is complete.",
        {
            "apply": "this backup counts as complete, and what it does not have may be removed",
            "leave": "nothing is removed because of this backup",
        },
    ),
)
