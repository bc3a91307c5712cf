"""What differs becomes changes; the guard holds them or lets them pass; fuses refuse a plan.

Every rule that holds a change is here. Nothing here writes to a target.
"""
