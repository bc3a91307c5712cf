"""The companion's files: whole, small, told of, and of a PHP that every WHMCS 8 and 9 runs."""

import hashlib
import subprocess
from pathlib import Path

import pytest
from php_whmcs import COMPANION

FILES = sorted(COMPANION.rglob("*.php"))
NAMES = [str(path.relative_to(COMPANION)) for path in FILES]
SUMS = (COMPANION / "SHA256SUMS").read_text(encoding="utf-8")
README = (COMPANION / "README.md").read_text(encoding="utf-8")
SYNTAX = Path(__file__).parent / "syntax.php"

NEWER = {
    "a typed property": "class A { public int $b; }",
    "a property made by a constructor": "class A { function __construct(private $b) {} }",
    "an arrow": "$f = fn($x) => $x;",
    "a match": "match (1) { 1 => 2 };",
    "a name of an argument": "f(name: 1);",
    "two types": "function f(int|string $x) {}",
    "mixed": "function f(mixed $x) {}",
    "static": "class A { function f(): static {} }",
    "null-safe": "$a?->b;",
    "null or set": "$a ??= 1;",
    "a catch without a variable": "try {} catch (E) {}",
    "throw as an expression": "$a ?? throw new E();",
    "unpacked in a list": "$a = [...$b];",
    "a last comma": "f(1,);",
    "a function": "str_contains('a', 'b');",
    "a constant": "json_decode('1', false, 9, JSON_THROW_ON_ERROR);",
    "a heredoc that is moved in": "$a = <<<X\n  a\n  X;",
    "a class of an object": "$a::class;",
}


def test_the_checksums_are_those_of_the_files() -> None:
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n"
        for path, name in zip(FILES, NAMES, strict=True)
    ]

    # `cd companion && sha256sum includes/*/*.php > SHA256SUMS`
    assert "".join(lines) == SUMS


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_tells_of_each_file(name: str) -> None:
    assert f"`{name}`" in README


def test_they_can_be_read_at_one_sitting() -> None:
    lines = [path.read_text(encoding="utf-8").splitlines() for path in FILES]

    assert max(map(len, lines)) <= 200
    assert max(len(line) for file in lines for line in file) <= 120
    assert sum(map(len, lines)) <= 900


def test_php_reads_them() -> None:
    compiling = "foreach (array_slice($argv, 1) as $file) { opcache_compile_file($file); }"
    command = ["php", "-d", "opcache.enable_cli=1", "-d", "error_reporting=-1", "-r", compiling]

    done = subprocess.run([*command, "--", *map(str, FILES)], capture_output=True, check=True)

    assert done.stdout + done.stderr == b""


def too_new(*paths: Path) -> str:
    done = subprocess.run(["php", str(SYNTAX), *map(str, paths)], check=True, capture_output=True)
    return done.stdout.decode()


def test_php_72_reads_them() -> None:
    assert too_new(*FILES) == ""


def test_what_is_newer_than_php_72_is_seen(tmp_path: Path) -> None:
    for name, code in NEWER.items():
        (tmp_path / f"{name}.php").write_text(f"<?php\n{code}\n", encoding="utf-8")

    seen = too_new(*tmp_path.iterdir())

    assert {name for name in NEWER if f"{name}.php:" in seen} == set(NEWER)
