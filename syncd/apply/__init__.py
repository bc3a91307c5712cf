"""Carries out the approved changes of a plan, each with its intent in the journal first.

Nothing here decides what is to be done: the plan has decided that.
"""
