"""Scratch in DuckDB, where a run gathers, orders and matches; deleting it is always safe.

It holds what the stages stage; what any of it means is theirs to say.
"""
