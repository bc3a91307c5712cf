"""The target: observed by a reader that cannot write, changed by a writer of one verb.

Nothing here decides what ought to be.
"""
