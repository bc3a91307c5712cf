import json
import signal
import stat
import subprocess
import sys
import threading

import pytest
import requests
from mariadb import MariaDb

from syncd.sandbox import running
from syncd.sandbox.server import main
from syncd.sandbox.switches import SWITCHES

COMMAND = [sys.executable, "-m", "syncd.sandbox"]


def ask(sandbox, action, **params):
    data = {
        "action": action,
        "identifier": sandbox.identifier,
        "secret": sandbox.secret,
        **params,
    }
    return requests.post(f"{sandbox.url}/includes/api.php", data=data, timeout=10).json()


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_one_line_and_a_clean_end(tmp_path, stop):
    file = tmp_path / "sandbox.sqlite"
    command = [*COMMAND, "--file", str(file), "--switch", "ids=string", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        ready = json.loads(process.stdout.readline())
        assert list(ready) == ["url", "identifier", "secret", "control", "area"]
        assert ready["control"] == f"{ready['url']}/_control"
        assert ready["area"] == f"{ready['url']}/"
        data = {"action": "GetUsers", "identifier": ready["identifier"], "secret": ready["secret"]}
        answer = requests.post(f"{ready['url']}/includes/api.php", data=data, timeout=10)
        assert answer.json()["totalresults"] == "0"
        process.send_signal(stop)
        rest, complaints = process.communicate(timeout=10)
    assert (process.returncode, rest, complaints) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--switch", "nope=1"], "There is no switch 'nope'."),
        (["--switch", "ids"], "'ids' is not NAME=VALUE."),
        (["--switch", "ids=roman"], "It may be: live, documented, int, string."),
        (["--listen", "0.0.0.0:0"], "0.0.0.0 is not a loopback address"),
        (["--listen", "shop.example:80"], "shop.example is not a loopback address"),
        (["--listen", "127.0.0.1"], "'127.0.0.1' is not HOST:PORT."),
        (["--listen", "127.0.0.1:99999"], "is not HOST:PORT."),
        (["--nonsense"], "unrecognized arguments"),
    ],
)
def test_wrong_arguments_are_a_sentence_and_exit_2(capsys, arguments, sentence):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    said = capsys.readouterr()
    assert (stopped.value.code, said.out) == (2, "")
    assert sentence in said.err


def test_a_file_that_cannot_be_had_is_exit_2(capsys, tmp_path):
    assert main(["--file", str(tmp_path / "no folder" / "x")]) == 2
    text = tmp_path / "text"
    text.write_text("This is no database, and long enough not to be mistaken for one." * 20)
    assert main(["--file", str(text)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("The sandbox cannot start: ") == 2


def test_an_address_in_use_is_exit_2(capsys):
    with running() as sandbox:
        port = sandbox.url.rpartition(":")[2]
        assert main(["--listen", f"127.0.0.1:{port}"]) == 2
    assert "The sandbox cannot start: " in capsys.readouterr().err


def test_the_switches_are_listed(capsys):
    assert main(["--list-switches"]) == 0
    said = capsys.readouterr().out
    for switch in SWITCHES.values():
        assert f"{switch.name}=" in said
        assert switch.question in said


def test_everything_persists_with_the_file(tmp_path):
    file = tmp_path / "sandbox.sqlite"
    with running(file, {"limitnum_cap": "25"}) as first:
        data = {"firstname": "A", "lastname": "B", "email": "a@x.example", "password2": "pw"}
        assert ask(first, "AddUser", **data)["user_id"] == 1
        ask(first, "CreateClientInvite")
        moved = {"now": "2030-01-01T00:00:00Z", "frozen": True}
        requests.post(f"{first.control}/clock", json=moved, timeout=10)
        requests.post(f"{first.control}/ips", json={"allow": ["127.0.0.1"]}, timeout=10)
    with running(file) as second:
        assert second.credentials == first.credentials
        assert ask(second, "GetUsers")["users"][0]["email"] == "a@x.example"
        assert ask(second, "GetConfigurationValue", setting="SystemURL")["value"] == (
            f"{second.url}/"
        )
        clock = requests.get(f"{second.control}/clock", timeout=10).json()
        assert (clock["now"], clock["frozen"]) == ("2030-01-01T00:00:00+00:00", True)
        switches = requests.get(f"{second.control}/switches", timeout=10).json()
        assert switches["limitnum_cap"] == "25"
        log = requests.get(f"{second.control}/requests", timeout=10).json()["requests"]
        assert [line["action"] for line in log][:2] == ["AddUser", "CreateClientInvite"]


def test_two_sandboxes_differ(tmp_path):
    with running() as one, running() as other:
        assert one.url != other.url
        assert one.secret != other.secret
        assert one.file != other.file
    assert not one.file.exists()


def test_the_file_is_its_owners_alone(tmp_path):
    file = tmp_path / "sandbox.sqlite"
    with running(file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_ipv6_loopback():
    try:
        with running(listen=("::1", 0)) as sandbox:
            assert sandbox.url.startswith("http://[::1]:")
            assert ask(sandbox, "WhmcsDetails")["result"] == "success"
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")


def test_callers_at_once_are_answered_one_after_another():
    numbers = range(8)
    answers = []

    def add(number):
        for item in range(5):
            email = f"p{number}-{item}@x.example"
            data = {"firstname": "P", "lastname": "Q", "email": email, "password2": "pw"}
            answers.append(ask(sandbox, "AddUser", **data)["result"])

    with running() as sandbox:
        threads = [threading.Thread(target=add, args=(number,)) for number in numbers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        total = ask(sandbox, "GetUsers")["totalresults"]
    assert (answers.count("success"), total) == (40, 40)


@pytest.mark.parametrize(
    "url", ["nonsense", "sqlite:///x.sqlite", "postgresql://a@b/c", "mysql://root@localhost"]
)
def test_a_url_that_leads_to_no_mariadb_is_refused(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--database", url]) == 2
    assert capsys.readouterr().err.startswith("The sandbox cannot start: ")


def test_what_is_in_a_mariadb_is_there_the_next_time(mariadb: MariaDb) -> None:
    with mariadb.database("") as tables:
        with running(database=tables.url) as first:
            data = {"clients": [{"id": 3, "firstname": "Räz", "created_at": "2026-03-29 01:30:00"}]}
            requests.post(f"{first.control}/load", json=data, timeout=10).raise_for_status()
            state = requests.get(f"{first.control}/state", timeout=10).json()
        with running(database=tables.url) as second:
            assert second.credentials == first.credentials
            assert requests.get(f"{second.control}/state", timeout=10).json() == state
        assert tables.execute("SELECT id, firstname FROM tblclients") == [(3, "Räz")]
