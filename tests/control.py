"""How tests ask a sandbox: over connections that stay open, with no look for proxies each time."""

import requests


def direct_session() -> requests.Session:
    session = requests.Session()
    # Else the whole environment is searched for proxies twice a request, longer than it lasts.
    session.trust_env = False
    return session
