"""The Debian package in a fresh Debian: installed, started, upgraded, removed. `make package-test`.

Needs root, debootstrap and Debian's mirror. It takes about a minute of processor time, so it is no
part of `make test`. There is no systemd to start the service in a chroot: what its unit runs is
run as its user, with its secrets handed on as systemd does.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.sandbox import Sandbox, running

pytestmark = pytest.mark.timeout(3600)
TREE = Path(__file__).parents[2]
SUITE = os.environ.get("DEBIAN_SUITE", "bookworm")
BASE = "python3,systemd,ca-certificates,bash-completion,man-db"
BACKUP = "/usr/lib/syncd/syncd/cli/demo/legacy-backup.zip"
CREDENTIALS = "etc/syncd/credentials"


class Debian:
    """A Debian in a folder, in which commands run as in one that is booted, but for systemd."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def start(self, command: str, user: str = "root:root") -> "subprocess.Popen[str]":
        mounts = f"mount -t proc proc {self.root}/proc && mount --bind /dev {self.root}/dev"
        inside = ["chroot", f"--userspec={user}", str(self.root), "/bin/bash", "-ec", command]
        return subprocess.Popen(
            ["unshare", "--mount", "sh", "-ec", f'{mounts} && exec "$@"', "sh", *inside],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
        )

    def run(self, command: str, user: str = "root:root") -> str:
        with self.start(command, user) as process:
            out, err = process.communicate(timeout=300)
        assert process.returncode == 0, (command, out, err)
        return out + err

    def as_service(self, command: str) -> str:
        return self.run(f"CREDENTIALS_DIRECTORY=/run/credentials {command}", "syncd:syncd")

    def hand_secrets_on(self) -> None:
        """Let the service's user read a copy of its secrets, as LoadCredential= does."""
        self.run(
            f"install -d -m 700 -o syncd -g syncd /run/credentials;"
            f"install -m 400 -o syncd -g syncd /{CREDENTIALS}/* /run/credentials"
        )


@pytest.fixture(scope="session")
def package() -> Path:
    subprocess.run(["sh", "packaging/deb.sh"], cwd=TREE, check=True)
    return max((TREE / "dist").glob("*.deb"), key=lambda path: path.stat().st_mtime)


@pytest.fixture
def debian(tmp_path: Path) -> Iterator[Debian]:
    root = tmp_path / "root"
    bootstrap = ["debootstrap", "--variant=minbase", f"--include={BASE}", SUITE, str(root)]
    subprocess.run(bootstrap, check=True, stdout=subprocess.DEVNULL)
    yield Debian(root)
    shutil.rmtree(root)


@pytest.fixture
def newer(package: Path, tmp_path: Path) -> Path:
    """Give the package of a later version, which has lost a file."""
    tree = tmp_path / "newer"
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    control = tree / "DEBIAN" / "control"
    text = control.read_text("utf-8")
    control.write_text(text.replace("\nVersion: ", "\nVersion: 1:"), "utf-8")
    (tree / "usr/share/man/man1/syncd-demo.1.gz").unlink()
    made = tmp_path / "newer.deb"
    build = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, made]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return made


def test_a_package_is_installed_started_upgraded_and_removed(
    package: Path, newer: Path, debian: Debian
) -> None:
    with running() as sandbox:
        installed(debian, package, sandbox)
        started(debian)
        upgraded(debian, newer)
        removed(debian)


def installed(debian: Debian, package: Path, sandbox: Sandbox) -> None:
    shutil.copy(package, debian.root / "syncd.deb")
    # The five commands of docs/install.md, the last one in `started`.
    said = debian.run("apt-get install -qq -y /syncd.deb")
    assert "syncd init" in said
    said = debian.run(f"syncd init --source backup --backup {BACKUP} --url {sandbox.url}")
    assert "LoadCredential=whmcs-secret" in said
    for name in ("identifier", "secret"):
        debian.run(f"umask 077; printf %s {getattr(sandbox, name)} > /{CREDENTIALS}/whmcs-{name}")
    checked = debian.run(f"CREDENTIALS_DIRECTORY=/{CREDENTIALS} syncd check")
    assert "FAIL" not in checked

    config = debian.run("stat -c '%a %U %G' /etc/syncd/config.yaml /etc/syncd/credentials")
    assert config.split() == ["640", "root", "syncd", "700", "root", "root"]
    assert "SYNCD-PLAN(1)" in debian.run("man syncd-plan")
    complete = "COMP_WORDS=(syncd ownership re) COMP_CWORD=2; _syncd_completion syncd"
    file = "/usr/share/bash-completion/completions/syncd"
    assert debian.run(f". {file}; {complete}; echo ${{COMPREPLY[*]}}").split() == [
        "request",
        "reject",
    ]
    assert (
        debian.run("systemd-analyze verify --man=no /usr/lib/systemd/system/syncd*.service") == ""
    )
    # Nothing of the system's Python is used, and nothing is written beside the program.
    where = "import sys; sys.path.insert(0, '/usr/lib/syncd'); import pydantic; print(pydantic)"
    assert "/usr/lib/syncd" in debian.run(f'/usr/bin/python3 -IS -c "{where}"')
    assert "\n" not in debian.run("dpkg --verify syncd")


def started(debian: Debian) -> None:
    debian.hand_secrets_on()
    synced = debian.as_service("syncd sync || test $? = 5")
    assert "Changes: " in synced
    run = debian.start(
        "CREDENTIALS_DIRECTORY=/run/credentials exec syncd run -c /etc/syncd/config.yaml",
        "syncd:syncd",
    )
    assert run.stderr is not None
    events = [json.loads(run.stderr.readline())["event"]]
    run.terminate()
    _, rest = run.communicate(timeout=60)
    events += [json.loads(line)["event"] for line in rest.splitlines()]
    assert (run.returncode, events[0], events[-1]) == (0, "daemon.started", "daemon.stopped")


def upgraded(debian: Debian, newer: Path) -> None:
    kept = ("etc/syncd/config.yaml", f"{CREDENTIALS}/whmcs-secret", "var/lib/syncd/journal.sqlite")
    before = {name: (debian.root / name).read_bytes() for name in kept}
    shutil.copy(newer, debian.root / "syncd.deb")
    said = debian.run("apt-get install -qq -y /syncd.deb")
    assert "syncd init" not in said
    assert before == {name: (debian.root / name).read_bytes() for name in kept}
    assert not (debian.root / "usr/share/man/man1/syncd-demo.1.gz").exists()
    again = debian.as_service("syncd sync || test $? = 5")
    assert "Changes: none were needed." in again, again


def removed(debian: Debian) -> None:
    debian.run("apt-get remove -qq -y syncd")
    assert not (debian.root / "usr/lib/syncd").exists()
    assert not (debian.root / "usr/bin/syncd").exists()
    assert (debian.root / "etc/syncd/config.yaml").exists()
    said = debian.run("apt-get purge -qq -y syncd")
    assert not (debian.root / "etc/syncd").exists()
    assert (debian.root / "var/lib/syncd/journal.sqlite").exists()
    assert "the journal, stays" in said
