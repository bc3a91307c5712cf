"""The values everything is about: rows, resources, changes, findings, decisions.

No store, no clock, no input or output. Part of the public surface: plug-ins may rely
on it.
"""
