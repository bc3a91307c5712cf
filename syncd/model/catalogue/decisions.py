"""Codes about decisions that do not, or do no longer, answer anything."""

from syncd.model.catalogue.code import NOTE, Code

CODES = (
    Code(
        "decision_stale",
        "decisions",
        NOTE,
        "A decision was made on data that have changed since; its question is asked again.",
        "Look at the question anew; the plan's decisions.yaml has it with what it is about now.",
    ),
    Code(
        "decision_unused",
        "decisions",
        NOTE,
        "A decision answers a question that nothing asks any more.",
        "Remove it from the decisions file once you are sure that it is not needed.",
    ),
)
