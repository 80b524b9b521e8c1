import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from streaming_analytics.errors import UserError
from streaming_analytics.project import Project
from streaming_analytics.warehouse import cluster
from streaming_analytics.warehouse import server as server_module
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.processes import orphans
from streaming_analytics.warehouse.server import EmbeddedServer
from streaming_analytics.warehouse.statements import trusted
from streaming_analytics.warehouse.work_lock import work_lock

needs_root = pytest.mark.only_where(os.geteuid() == 0)


def may_mount() -> bool:
    """Return whether this process may mount a file system (CAP_SYS_ADMIN)."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in text.splitlines() if line.startswith("CapEff"))
    return bool(int(line.split()[1], 16) >> 21 & 1)


needs_mount = pytest.mark.only_where(may_mount())


@pytest.fixture
def project(open_folder: Path, request: pytest.FixtureRequest) -> Iterator[Project]:
    project = Project(open_folder / request.node.name)
    project.root.mkdir()
    yield project
    EmbeddedServer(project).remove()
    shutil.rmtree(project.root)


@pytest.fixture
def server(project: Project) -> EmbeddedServer:
    return EmbeddedServer(project)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def remember_port(server: EmbeddedServer, port: int) -> None:
    (server.home / "server.json").write_text(json.dumps({"port": port}))


def kill_server(server: EmbeddedServer) -> int:
    """End the server as a power cut would, with all of its processes."""
    running = server.running()
    assert running is not None
    postmaster = psutil.Process(running.pid)
    processes = [postmaster, *postmaster.children(recursive=True)]
    for process in processes:
        process.kill()
    psutil.wait_procs(processes, timeout=10)
    return running.pid


def test_data_survive_a_stop_and_a_start(server: EmbeddedServer) -> None:
    with server.start().connection.connect() as session:
        session.execute("create table kept as select 42 as answer")
    assert server.stop()
    assert server.running() is None

    with server.start().connection.connect() as session:
        assert session.execute("select answer from kept").fetchone() == (42,)


def test_starting_and_stopping_twice_changes_nothing(server: EmbeddedServer) -> None:
    first = server.start()
    pid = server.running()
    second = server.start()

    assert not first.was_running
    assert second.was_running
    assert second.connection == first.connection
    assert server.running() == pid
    assert server.stop()
    assert not server.stop()


def test_it_outlives_the_process_that_started_it(project: Project) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from streaming_analytics.project import Project;"
        "from streaming_analytics.warehouse.server import EmbeddedServer;"
        "EmbeddedServer(Project(Path(sys.argv[1]))).start()"
    )
    subprocess.run([sys.executable, "-c", code, project.root], check=True)

    with EmbeddedServer(project).connection().connect() as session:
        assert session.execute("select 1").fetchone() == (1,)


def test_only_the_password_opens_it_and_only_from_this_machine(
    server: EmbeddedServer,
) -> None:
    connection = server.start().connection
    password_file = server.home / "transformer.password"

    with pytest.raises(UserError, match="password authentication failed"):
        connection.with_user(connection.user, "guess").connect()
    with connection.connect() as session:
        for setting, value in {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "timezone": "UTC",
            "server_encoding": "UTF8",
        }.items():
            shown = session.execute("select current_setting(%s)", [setting]).fetchone()
            assert shown == (value,)
        order = session.execute(
            "select string_agg(x, '' order by x) from unnest('{b,A,a,B}'::text[]) x"
        ).fetchone()
    assert order == ("ABab",)
    assert password_file.stat().st_mode & 0o777 == 0o600
    assert len(connection.password) >= 32


@pytest.mark.parametrize(
    "statement",
    [
        "alter role transformer superuser",
        "set role postgres",
        "create role mine superuser",
        "grant pg_write_server_files to transformer",
        "copy (select 1) to '/tmp/mine'",
        "copy (select 1) to program 'cat'",
        "select pg_read_file('/etc/hostname')",
        "select lo_import('/etc/hostname')",
        "select lo_create(0)",
        "select rolpassword from pg_authid",
        "alter system set work_mem = '1GB'",
        "alter database postgres owner to transformer",
        "create function mine() returns integer language c as 'libc', 'abs'",
        "update pg_class set relname = 'mine'",
        "load '$libdir/mine'",
    ],
)
def test_its_owner_is_no_superuser(warehouse: Connection, statement: str) -> None:
    with (
        warehouse.connect(autocommit=True) as session,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        session.execute(trusted(statement))


def test_nobody_connects_as_superuser(warehouse: Connection) -> None:
    with pytest.raises(UserError, match="rejects connection"):
        warehouse.with_user("postgres", warehouse.password).connect()


def test_a_server_of_the_first_versions_keeps_its_owner(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (cluster, server_module):
        monkeypatch.setattr(module, "OWNER", "streaming")
    server.start()
    server.stop()
    monkeypatch.undo()

    connection = server.start().connection

    assert connection.user == "streaming"
    with connection.connect() as session:
        assert session.execute("select 1").fetchone() == (1,)


def test_a_killed_server_starts_again_with_its_data(server: EmbeddedServer) -> None:
    with server.start().connection.connect() as session:
        session.execute("create table kept as select 42 as answer")
        # synchronous_commit is off: what a crash may lose is the last moment.
        session.execute("set local synchronous_commit = on")
    kill_server(server)
    assert (server.data / "postmaster.pid").exists()
    assert server.running() is None

    with server.start().connection.connect() as session:
        assert session.execute("select answer from kept").fetchone() == (42,)


def work_while_the_server_crashes(connection: Connection) -> None:
    """Kill one process of the server, which ends all sessions, as on a full disk."""
    with work_lock(connection, "build"), connection.connect() as session:
        psutil.Process(session.info.backend_pid).kill()
        time.sleep(60)


def test_a_job_under_which_the_server_crashes_says_so(server: EmbeddedServer) -> None:
    connection = server.start().connection
    with pytest.raises(UserError, match=r"went away.*full disk"):
        work_while_the_server_crashes(connection)


def test_a_pid_that_was_given_to_another_process_is_not_the_server(
    server: EmbeddedServer,
) -> None:
    server.start()
    kill_server(server)
    pid_file = server.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    # This very process: it lives, and PostgreSQL alone would refuse to start.
    lines[0] = str(os.getppid())
    pid_file.write_text("\n".join(lines) + "\n")

    assert server.running() is None
    with server.start().connection.connect() as session:
        assert session.execute("select 1").fetchone() == (1,)


def test_processes_that_a_killed_server_left_behind_are_ended(
    server: EmbeddedServer,
) -> None:
    connection = server.start().connection
    pool = ThreadPoolExecutor(1)
    try:
        session = connection.connect(autocommit=True)
        # One that computes does not notice by itself that its server is gone.
        busy = pool.submit(
            session.execute,
            "select count(*) from generate_series(1, 100000) a, "
            "generate_series(1, 100000) b",
        )
        time.sleep(0.2)
        running = server.running()
        assert running is not None
        os.kill(running.pid, signal.SIGKILL)

        with server.start().connection.connect() as other:
            assert other.execute("select 1").fetchone() == (1,)
        with pytest.raises(psycopg.OperationalError):
            busy.result(timeout=20)
    finally:
        # Not waiting: when this fails, the query goes on for an hour.
        pool.shutdown(wait=False)
        for orphan in orphans(server.data):
            with suppress(psutil.NoSuchProcess):
                orphan.kill()


def test_variables_for_another_server_do_not_reach_the_embedded_one(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def set_them() -> None:
        monkeypatch.setenv("PGSSLMODE", "require")
        monkeypatch.setenv("PGSSLROOTCERT", "system")
        monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
        monkeypatch.setenv("PGCHANNELBINDING", "require")
        monkeypatch.setenv("PGREQUIREAUTH", "none")
        monkeypatch.setenv("PGTARGETSESSIONATTRS", "standby")
        monkeypatch.setenv("PGOPTIONS", "-c no_such_setting=1")

    set_them()
    server.start()
    set_them()
    # Asks the running server whether it answers, as every command does.
    connection = server.start().connection

    with connection.connect() as session:
        assert session.execute("select 1").fetchone() == (1,)
    # As dbt and notebooks connect: from the environment.
    with psycopg.connect(connection.url()) as session:
        assert session.execute("select 1").fetchone() == (1,)


def test_a_taken_port_is_left_for_another_one(
    server: EmbeddedServer, taken_port: int
) -> None:
    first = server.start()
    server.stop()
    remember_port(server, taken_port)

    second = server.start()

    assert first.notes == ()
    assert second.connection.port != taken_port
    (note,) = second.notes
    assert str(taken_port) in note
    assert str(second.connection.port) in note


def test_a_port_that_was_asked_for_is_used_or_refused(
    server: EmbeddedServer, taken_port: int
) -> None:
    with pytest.raises(UserError, match=f"port {taken_port} is taken"):
        server.start(taken_port)
    assert not server.exists()
    free_port = server.start().connection.port
    server.stop()

    assert server.start(free_port).connection.port == free_port
    with pytest.raises(UserError, match=f"already runs on port {free_port}"):
        server.start(free_port + 1)


def test_two_starts_at_once_make_one_server(project: Project) -> None:
    with ThreadPoolExecutor(2) as pool:
        starts = [pool.submit(EmbeddedServer(project).start) for _ in range(2)]
    first, second = (start.result() for start in starts)

    assert first.connection == second.connection
    assert {first.was_running, second.was_running} == {True, False}


def test_a_half_made_server_is_made_again(server: EmbeddedServer) -> None:
    half = server.home / "data.unfinished"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")

    with server.start().connection.connect() as session:
        assert session.execute("select 1").fetchone() == (1,)
    assert not half.exists()


def test_a_failing_initdb_leaves_nothing_and_says_why(
    server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "OWNER", "pg_reserved")

    with pytest.raises(UserError, match=r"cannot make the embedded PostgreSQL: .*pg_"):
        server.start()
    assert not server.exists()
    assert not (server.home / "data.unfinished").exists()


def test_a_lost_password_is_replaced_at_the_next_start(server: EmbeddedServer) -> None:
    before = server.start().connection
    (server.home / "transformer.password").unlink()
    with pytest.raises(UserError, match=r"password .* is gone"):
        server.connection()
    server.stop()

    after = server.start().connection

    assert after.password != before.password
    with after.connect() as session:
        assert session.execute("select 1").fetchone() == (1,)


def test_a_server_that_is_not_running_says_how_to_start_it(
    server: EmbeddedServer,
) -> None:
    with pytest.raises(UserError, match="streaming warehouse start"):
        server.connection()


@needs_root
@needs_mount
def test_too_little_disk_is_refused_before_anything_is_written(
    open_folder: Path,
) -> None:
    disk = open_folder / "small-disk"
    disk.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=20m,mode=755", "tmpfs", disk], check=True
    )
    try:
        server = EmbeddedServer(Project(disk))
        with pytest.raises(UserError, match="free some space"):
            server.start()
        assert not server.exists()
    finally:
        subprocess.run(["umount", disk], check=True)


@needs_root
@needs_mount
def test_a_disk_that_fills_up_leaves_nothing_half_made(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_FREE_BYTES_NEEDED", 0)
    disk = open_folder / "full-disk"
    disk.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=20m,mode=755", "tmpfs", disk], check=True
    )
    try:
        server = EmbeddedServer(Project(disk))
        with pytest.raises(UserError, match="No space left on device"):
            server.start()
        assert not server.exists()
        assert not (server.home / "data.unfinished").exists()
    finally:
        subprocess.run(["umount", disk], check=True)


@needs_root
def test_below_a_closed_folder_the_data_go_where_the_user_can_reach_them(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(server_module, "_OUTSIDE_HOMES", open_folder / "outside")
    project = Project(closed / "checkout")
    project.root.mkdir()
    server = EmbeddedServer(project)
    try:
        with server.start().connection.connect() as session:
            session.execute("create table kept as select 42 as answer")
        server.stop()
        with EmbeddedServer(project).start().connection.connect() as session:
            assert session.execute("select answer from kept").fetchone() == (42,)

        assert server.data.is_relative_to(open_folder / "outside")
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        server.remove()
    assert not list((open_folder / "outside").iterdir())


@needs_root
def test_programs_in_a_closed_environment_are_copied(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streaming_analytics.warehouse import binaries

    closed = open_folder / "closed-environment"
    programs = binaries.bundled_programs()
    package = programs.parents[1]
    shutil.copytree(package, closed / package.name)
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, closed / libraries.name)
    closed.chmod(0o700)
    moved = closed / package.name / programs.parent.name / "bin"
    monkeypatch.setattr(binaries, "bundled_programs", lambda: moved)
    project = Project(open_folder / "open-checkout")
    project.root.mkdir()
    server = EmbeddedServer(project)
    try:
        with server.start().connection.connect() as session:
            assert session.execute("select 1").fetchone() == (1,)
        running = server.running()
        assert running is not None
        program = psutil.Process(running.pid).exe()
        assert Path(program).is_relative_to(server.home)
    finally:
        server.remove()
