"""The daemon: knows when, never what. A lane a target, a record a state folder."""
