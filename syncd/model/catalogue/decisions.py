"""Codes about decisions and entries of the config that have no effect, or no longer have one."""

from syncd.model.catalogue.code import NOTE, Code

CODES = (
    Code(
        "decision_stale",
        "decisions",
        NOTE,
        "The data behind a decision has changed, so its question is asked again.",
        "Answer it again: this plan's decisions.yaml has the question with the present data.",
    ),
    Code(
        "decision_unused",
        "decisions",
        NOTE,
        "A decision answers a question that is no longer asked.",
        "Remove it from the decisions file once you are sure it is not needed.",
    ),
    Code(
        "entry_unused",
        "lists",
        NOTE,
        "An entry of a list in the config matches nobody and nothing, neither legacy nor target.",
        "Correct its spelling, or remove it. A misspelt entry has no effect.",
    ),
)
