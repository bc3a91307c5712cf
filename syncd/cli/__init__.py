"""The commands, one file each. They wire, run, show, and end with the documented exit code.

Nothing here decides anything about access; no other package imports this one.
"""
