"""Pure: reads legacy rows, each once; makes resources and findings of those of one identity.

No store, no clock, no input or output; it sees one identity at a time.
"""
