"""The access-parity certificate: legacy rows against the target, by independent code.

`certify` reads both sides and judges every account. Nothing it judges is imported: a mistake in
convert must not be made a second time here. Shared with the rest are values only (`model`, the
ports); addresses are folded here by code of its own: see `spelling`.
"""
