"""Which resource in the target is which of ours, and what shows only between people.

It proposes no change and holds none: it pairs, and reports what it finds on the way.
"""
