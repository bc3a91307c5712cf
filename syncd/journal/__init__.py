"""The store that must never be lost: runs, changes, applied, bindings, invitations.

It remembers and judges nothing; only `apply` and `run` write to it.
"""
