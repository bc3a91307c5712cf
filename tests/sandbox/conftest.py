from collections.abc import Iterator
from typing import Any

import pytest
import requests
from control import direct_session

from syncd.sandbox import Sandbox, running


class Api:
    """A caller of one sandbox: the API with its credential, and the control plane."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = direct_session()

    def post(self, data: Any = None, path: str = "/includes/api.php", **options: Any) -> Any:
        return self.session.post(f"{self.sandbox.url}{path}", data=data, timeout=10, **options)

    def raw(self, action: str, **params: Any) -> requests.Response:
        given = {"action": action, "responsetype": "json", **self.credential, **params}
        return self.post(given)

    def __call__(self, action: str, **params: Any) -> Any:
        response = self.raw(action, **params)
        assert response.status_code == 200, response.text
        return response.json()

    def error(self, action: str, **params: Any) -> str:
        """Return the sentence with which the action is refused, as a business error."""
        body = self(action, **params)
        assert body.keys() == {"result", "message"}, body
        assert body["result"] == "error"
        return body["message"]

    @property
    def credential(self) -> dict[str, str]:
        return {"identifier": self.sandbox.identifier, "secret": self.sandbox.secret}

    def get(self, path: str) -> Any:
        response = self.session.get(f"{self.sandbox.control}/{path}", timeout=10)
        assert response.status_code == 200, response.text
        return response.json()

    def tell(self, path: str, status: int = 200, **body: Any) -> Any:
        response = self.session.post(f"{self.sandbox.control}/{path}", json=body, timeout=10)
        assert response.status_code == status, response.text
        return response.json()

    def add_client(self, email: str = "alma@shop.example", **params: Any) -> int:
        return int(self("AddClient", **(PROFILE | {"email": email} | params))["clientid"])

    def add_user(self, email: str = "ben@office.example", **params: Any) -> int:
        names = {"firstname": "Ben", "lastname": "Bright", "password2": "pw"}
        return int(self("AddUser", **(names | {"email": email} | params))["user_id"])

    def member(self, client_id: int, email: str, *permissions: str) -> int:
        body = {"client_id": client_id, "email": email, "permissions": list(permissions)}
        return self.tell("members", **body)["user_id"]


PROFILE = {
    "firstname": "Alma",
    "lastname": "Archer",
    "email": "alma@shop.example",
    "address1": "1 Mill Lane",
    "city": "Leeds",
    "state": "Yorkshire",
    "postcode": "LS1 1AA",
    "country": "GB",
    "phonenumber": "0113 496 0000",
    "password2": "pw",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running() as started:
        yield started


@pytest.fixture(scope="module")
def caller(sandbox: Sandbox) -> Iterator[Api]:
    api = Api(sandbox)
    with api.session:
        yield api


@pytest.fixture
def api(caller: Api) -> Api:
    """Give the module's sandbox, emptied, at real time and with every switch at its default."""
    caller.tell("reset", switches=True)
    return caller


@pytest.fixture
def profile() -> dict[str, str]:
    """Give what AddClient needs."""
    return dict(PROFILE)
