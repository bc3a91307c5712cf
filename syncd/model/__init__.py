"""The values everything is about: rows, resources, changes, findings, decisions.

No store, no clock, no input or output. Plug-ins may rely on it.
"""
