"""What `SHOW GRANTS` says of a login, in the words of MySQL and of MariaDB."""

import pytest

from syncd.model.connection import leaves_this_machine
from syncd.wire.logins import too_wide, writing

USAGE = "GRANT USAGE ON *.* TO `syncd`@`%` IDENTIFIED BY PASSWORD '*0123456789ABCDEF'"


@pytest.mark.parametrize(
    ("line", "wide"),
    [
        (USAGE, []),
        ("GRANT SELECT ON `whmcs`.`tblclients` TO `syncd`@`%`", []),
        ("GRANT SELECT (`id`, `email`) ON `whmcs`.`tbladmins` TO `syncd`@`%`", []),
        ("GRANT SELECT, SHOW VIEW ON `whmcs`.* TO `syncd`@`%`", []),
        ("GRANT PROCESS, SHOW DATABASES ON *.* TO `syncd`@`%`", []),
        ("GRANT `readers`@`%` TO `syncd`@`%`", []),
        (
            "GRANT SELECT (`id`, `email`), INSERT (`id`) ON `whmcs`.`tblclients` TO `syncd`@`%`",
            ["INSERT ON `whmcs`.`tblclients`"],
        ),
        ("GRANT ALL PRIVILEGES ON `whmcs`.* TO 'syncd'@'%'", ["ALL PRIVILEGES ON `whmcs`.*"]),
        (
            "GRANT ALL PRIVILEGES ON *.* TO `r`@`%` IDENTIFIED BY PASSWORD '*01' WITH GRANT OPTION",
            ["ALL PRIVILEGES, GRANT OPTION ON *.*"],
        ),
        ("GRANT SELECT, PROCESS ON *.* TO `syncd`@`%`", ["SELECT ON *.*"]),
        (
            "GRANT USAGE ON *.* TO `syncd`@`%` WITH GRANT OPTION MAX_QUERIES_PER_HOUR 9",
            ["GRANT OPTION ON *.*"],
        ),
        (
            "GRANT USAGE ON *.* TO `syncd`@`%` WITH MAX_QUERIES_PER_HOUR 9 GRANT OPTION",
            ["GRANT OPTION ON *.*"],
        ),
        ("GRANT SELECT ON `a`.* TO `WITH GRANT OPTION`@`%`", []),
        (
            "GRANT EXECUTE ON PROCEDURE `whmcs`.`clean` TO `syncd`@`%`",
            ["EXECUTE ON PROCEDURE `whmcs`.`clean`"],
        ),
        (
            "GRANT SELECT ON *.* TO `s`@`%` IDENTIFIED BY PASSWORD '*01' REQUIRE SSL",
            ["SELECT ON *.*"],
        ),
    ],
)
def test_what_to_revoke_is_named_with_its_place(line: str, wide: list[str]) -> None:
    assert too_wide([line]) == wide


@pytest.mark.parametrize(
    ("grants", "beyond"),
    [
        (["GRANT USAGE ON *.* TO `r`@`%`", "GRANT SELECT, SHOW VIEW ON `w`.* TO `r`@`%`"], set()),
        (["GRANT SELECT (`id`, `email`) ON `w`.`tblusers` TO `r`@`%`"], set()),
        (["GRANT SELECT, INSERT, UPDATE (`a`, `b`) ON `w`.* TO `r`@`%`"], {"INSERT", "UPDATE"}),
        (["GRANT ALL PRIVILEGES ON *.* TO `r`@`%` WITH GRANT OPTION"], {"ALL PRIVILEGES"}),
        (["GRANT `writers` TO `r`@`%`"], set()),  # what a role holds it does not tell
    ],
)
def test_what_grants_say_of_writing(grants: list[str], beyond: set[str]) -> None:
    assert writing(grants) == beyond


@pytest.mark.parametrize(
    ("host", "leaves"),
    [
        ("127.0.0.1", False), ("127.9.9.9", False), ("::1", False), ("localhost", False),
        ("LOCALHOST", False), ("192.0.2.7", True), ("db.example", True), ("0.0.0.0", True),  # noqa: S104 (by its name)
    ],
)  # fmt: skip
def test_what_leaves_this_machine(host: str, *, leaves: bool) -> None:
    assert leaves_this_machine(host) is leaves
