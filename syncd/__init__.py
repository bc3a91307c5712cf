"""Turns legacy WHMCS sub-accounts into users, accounts and memberships, and keeps them in step."""

__version__ = "0.1.0"
