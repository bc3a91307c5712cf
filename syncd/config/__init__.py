"""config.yaml and the files it names, read and checked; each value is declared once.

Nothing here opens a source or a target, and nothing below imports it.
"""
