"""What people and machines are told of a run once it has ended: alerts, heartbeat and metrics.

Nothing here may fail a run, and no run waits long for it.
"""
