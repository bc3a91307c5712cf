"""Which resource of the target is which of ours, and what shows only between people.

It proposes no change and holds none: it pairs, and says what it met on the way.
"""
