"""The client area: what customers see of the installation, as sub-accounts and as users.

Server-rendered pages that need no script. Who may see which is said beside each page (`pages`).
"""
