"""A WHMCS-8-compatible API server to rehearse against.

It imports nothing else of syncd: a codec or a rule shared with the client would be wrong on both
sides at once. What WHMCS's public documentation leaves open is a switch (`switches`).
"""

from syncd.sandbox.server import Sandbox, running

__all__ = ["Sandbox", "running"]
