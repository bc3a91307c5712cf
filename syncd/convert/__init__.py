"""Pure: the legacy rows of one identity -> resources and findings.

No store, no clock, no input or output; it sees one identity at a time.
"""
