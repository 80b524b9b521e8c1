from urllib.parse import unquote, urlsplit

import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.project import Project
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.selection import select_server
from streaming_analytics.warehouse.server import EmbeddedServer
from streaming_analytics.warehouse.work_lock import work_lock


def test_an_url_carries_every_character_of_a_password() -> None:
    password = "p@ss:w/rd?#%é"
    url = urlsplit(
        Connection("db.example", 5432, "ware house", "ana@x", password).url()
    )

    assert unquote(url.password or "") == password
    assert unquote(url.username or "") == "ana@x"
    assert (url.hostname, url.port, unquote(url.path)) == (
        "db.example",
        5432,
        "/ware house",
    )


def test_urls_of_sockets_and_of_ipv6_hosts_work_with_libpq() -> None:
    import psycopg.conninfo

    socket = Connection("/run/postgresql", 5433, "db", "ana", "").url()
    ipv6 = Connection("::1", 5432, "db", "ana", "").url()

    assert psycopg.conninfo.conninfo_to_dict(socket)["host"] == "/run/postgresql"
    assert psycopg.conninfo.conninfo_to_dict(ipv6)["host"] == "::1"


def test_the_environment_follows_libpqs_defaults() -> None:
    connection = Connection.from_environment({"PGHOST": "db", "PGUSER": "ana"})

    assert connection == Connection("db", 5432, "ana", "ana", "")
    again = Connection.from_environment(connection.environment())
    assert again == connection


def test_a_port_that_is_no_number_is_named() -> None:
    with pytest.raises(UserError, match="PGPORT is 'x'"):
        Connection.from_environment({"PGHOST": "db", "PGPORT": "x"})


def test_an_unreachable_server_gives_one_line_with_the_next_step() -> None:
    with pytest.raises(UserError, match=r"127\.0\.0\.1:1/db as ana.*PGHOST") as error:
        Connection("127.0.0.1", 1, "db", "ana", "").connect()
    assert "\n" not in str(error.value)


def test_pghost_names_the_server_and_leaves_the_embedded_one_alone(
    open_folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(open_folder / "never-started")
    project.root.mkdir()
    monkeypatch.setenv("PGHOST", "db.example")
    monkeypatch.setenv("PGUSER", "ana")

    selection = select_server(project)

    assert selection.connection.host == "db.example"
    assert not selection.is_embedded
    assert any("db.example" in note for note in selection.notes)
    assert not EmbeddedServer(project).exists()


def test_variables_from_warehouse_env_still_mean_the_embedded_server(
    warehouse_project: Project, warehouse: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in warehouse.environment().items():
        monkeypatch.setenv(name, value)
    # As after a restart on another port.
    monkeypatch.setenv("PGPORT", "1")

    selection = select_server(warehouse_project)

    assert selection.is_embedded
    assert selection.connection == warehouse


def test_only_one_works_on_a_database_at_a_time(
    database: Connection, warehouse: Connection
) -> None:
    with work_lock(database, "build"):
        with (
            pytest.raises(UserError, match=r"another streaming build is running \(pid"),
            work_lock(database, "load"),
        ):
            pass
        with work_lock(warehouse, "load"):
            pass
    with work_lock(database, "load"):
        pass
