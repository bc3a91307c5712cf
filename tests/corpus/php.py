"""Dumps that Adminer and phpMyAdmin write, over HTTP as a browser asks for them.

`make corpus` unpacks both into `.venv/php`, with the PHP that runs them, and installs nothing.
"""

import html
import os
import re
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests
from mariadb import Database

FOLDER = Path(__file__).parents[2] / ".venv" / "php"
EXTENSIONS = (
    "mysqlnd", "mysqli", "mbstring", "ctype", "tokenizer", "iconv", "xml", "dom", "simplexml",
)  # fmt: skip
USER, PASSWORD = "dumper", "only-for-dumping-7"
PATIENCE = 60  # seconds
_TOKEN = re.compile(r"""name=["']token["'] value=["']([^"']*)["']""")

# Forms of Adminer, and of the export of phpMyAdmin, as they are sent.
ADMINER: Mapping[str, Mapping[str, str]] = {
    "default": {"table_style": "DROP+CREATE", "data_style": "INSERT"},
    "update": {"table_style": "CREATE", "data_style": "INSERT+UPDATE", "db_style": "USE"},
    "truncate": {"table_style": "DROP+CREATE", "data_style": "TRUNCATE+INSERT"},
}
_CUSTOM = {"quick_or_custom": "custom", "export_method": "custom", "sql_compatibility": "NONE"}
PHPMYADMIN: Mapping[str, Mapping[str, str]] = {
    "quick": {"quick_or_custom": "quick", "export_method": "quick"},
    "one row an insert": _CUSTOM | {"sql_insert_syntax": "complete", "sql_hex_for_binary": "1"},
    "extended": _CUSTOM | {"sql_insert_syntax": "extended", "sql_drop_table": "1"},
    "replace": _CUSTOM | {"sql_type": "REPLACE", "sql_insert_syntax": "both"},
}


def php_dumped(database: Database) -> dict[str, bytes]:
    """Give the dumps of both; none where they were not unpacked."""
    if not FOLDER.is_dir():
        return {}
    database.execute(
        f"CREATE OR REPLACE USER {USER}@'%' IDENTIFIED BY '{PASSWORD}';"
        f"GRANT ALL ON *.* TO {USER}@'%'"
    )
    with tempfile.TemporaryDirectory(prefix="php-") as folder:
        return {
            **_adminer(database, Path(folder)),
            **_phpmyadmin(database, Path(folder)),
        }


def _adminer(database: Database, folder: Path) -> dict[str, bytes]:
    server = f"127.0.0.1:{database.server.port}"
    dumps = {}
    with _serving(FOLDER / "usr/share/adminer", folder, {}) as url:
        session = requests.Session()
        login = {"driver": "server", "server": server, "username": USER, "password": PASSWORD}
        session.post(
            f"{url}/adminer.php",
            data={f"auth[{key}]": value for key, value in (login | {"db": database.name}).items()},
            timeout=PATIENCE,
        )
        where = {"server": server, "username": USER, "db": database.name, "dump": ""}
        for name, form in ADMINER.items():
            page = session.get(f"{url}/adminer.php", params=where, timeout=PATIENCE).text
            fields = {"output": "text", "format": "sql", "db_style": "", "triggers": "1"}
            tables = [str(row[0]) for row in database.execute("SHOW TABLES")]
            data = [*({**fields, **form, "token": _token(page)}).items()]
            data += [(key, table) for key in ("tables[]", "data[]") for table in tables]
            reply = session.post(f"{url}/adminer.php", params=where, data=data, timeout=PATIENCE)
            dumps[f"adminer, {name}"] = reply.content
    return dumps


def _phpmyadmin(database: Database, folder: Path) -> dict[str, bytes]:
    config = folder / "config.inc.php"
    config.write_text(
        "<?php $cfg['blowfish_secret'] = str_repeat('x', 32); $cfg['Servers'][1] = ["
        f"'auth_type' => 'config', 'host' => '127.0.0.1', 'port' => '{database.server.port}',"
        f" 'user' => '{USER}', 'password' => '{PASSWORD}'];\n",
        encoding="utf-8",
    )
    dumps = {}
    environment = {"PMA_CONFIG": str(config), "PMA_TEMP": f"{folder}/"}
    with _serving(FOLDER / "usr/share/phpmyadmin", folder, environment) as url:
        session = requests.Session()
        for name, form in PHPMYADMIN.items():
            page = session.get(f"{url}/index.php", timeout=PATIENCE).text
            fields = {
                "token": _token(page), "db": database.name, "server": "1", "what": "sql",
                "export_type": "database", "charset": "utf-8", "compression": "none",
                "output_format": "sendit", "sql_structure_or_data": "structure_and_data",
                "sql_create_table": "1", "sql_include_comments": "1", "sql_backquotes": "1",
                "sql_use_transaction": "1", "sql_type": "INSERT", "sql_max_query_size": "50000",
                "maxsize": "", "filename_template": "@DATABASE@", "sql_if_not_exists": "1",
                "sql_auto_increment": "1", "sql_create_view": "1", "sql_create_trigger": "1",
            } | form  # fmt: skip
            tables = [str(row[0]) for row in database.execute("SHOW TABLES")]
            data = list(fields.items())
            keys = ("table_select[]", "table_structure[]", "table_data[]")
            data += [(key, table) for key in keys for table in tables]
            reply = session.post(f"{url}/index.php?route=/export", data=data, timeout=PATIENCE)
            dumps[f"phpmyadmin, {name}"] = reply.content
    return dumps


def _token(page: str) -> str:
    token = _TOKEN.search(page)
    return html.unescape(token[1]) if token else ""


@contextmanager
def _serving(root: Path, folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Run PHP's own server on loopback for a folder of scripts."""
    (program,) = FOLDER.glob("usr/bin/php[0-9]*")
    (extensions,) = FOLDER.glob("usr/lib/php/20*")
    settings = {
        "extension_dir": extensions,
        "include_path": f".:{FOLDER / 'usr/share/php'}",
        "session.save_path": folder,
        "memory_limit": "256M",
        "error_reporting": "0",
    }
    options = [f"{name}={value}" for name, value in settings.items()]
    options += [f"extension={name}" for name in EXTENSIONS]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [str(program), "-n", *(part for option in options for part in ("-d", option))]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            [*command, "-S", address, "-t", str(root)],
            stdout=log,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment, "TMPDIR": str(folder)},
        ) as process,
    ):
        try:
            assert process.stderr
            for line in process.stderr:
                if b"started" in line:
                    break
            else:
                raise RuntimeError("PHP did not come up: see `make corpus`")
            yield f"http://{address}"
        finally:
            process.terminate()
