"""The notebooks: committed bare, run on the sample, and shown without a network."""

import json
import re
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from browsing import address_of, browser
from dbt_sample import copied
from jupyter_client.channels import HBChannel
from notebook_runs import PATHS, figures

from streaming_analytics.errors import UserError
from streaming_analytics.notebooks.page import (
    notebook_page,
    title_of,
    write_notebooks,
)
from streaming_analytics.notebooks.reading import PublishedMarts
from streaming_analytics.notebooks.running import (
    Kernels,
    errors_told,
    notebook_paths,
    run_all,
)
from streaming_analytics.progress import Progress
from streaming_analytics.project import Project
from streaming_analytics.report.wording import number, percent
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.warehouse.statements import trusted

NAMES = [path.stem for path in PATHS]


def test_there_are_notebooks() -> None:
    assert {"churn", "eda", "recommender"} <= set(NAMES)


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_notebooks_are_committed_without_outputs(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    for cell in notebook["cells"]:
        assert cell["metadata"] == {}
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
    assert notebook["cells"][0]["source"][0].startswith("# ")


@pytest.mark.parametrize("name", NAMES)
def test_they_run_as_a_reader_and_say_something(notebooks, name: str) -> None:
    assert errors_told(notebooks[name]) == []
    for title in figures(notebooks[name]):
        assert len(title) > 20
        assert "nan" not in title.lower()
        # No two signs in a row, and a real minus.
        assert "-" not in title.replace("Asia-Pacific", "").replace("NDCG-", "")
    assert len(figures(notebooks["eda"])) == 5
    assert len(figures(notebooks["churn"])) >= 5
    assert len(figures(notebooks["recommender"])) >= 2


def printed(notebook) -> str:
    return "".join(
        output["text"]
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if output["output_type"] == "stream"
    )


def test_before_training_they_say_so(notebooks) -> None:
    assert "The recommender is not trained yet" in printed(notebooks["recommender"])
    assert "The churn model is not trained yet" in printed(notebooks["churn"])
    # What needs no training is there.
    assert figures(notebooks["recommender"])


def test_after_training_they_tell_how_good_it_is(trained_notebooks) -> None:
    churn, recommender = trained_notebooks["churn"], trained_notebooks["recommender"]
    assert "not trained" not in printed(churn)
    assert (
        "On months it had not seen the model's AUC is 0.71, that of tenure and plan "
        "alone 0.55; its risks lie too close together (calibration slope 1.27, 1.02 to "
        "1.52)"
    ) in figures(churn)
    # A gain of 0.025 on 0.183, where nothing of the future is known.
    assert figures(recommender)[:2] == [
        "The lists predict choices 14% better than popularity does",
        "The lists in use reach 32% of the titles, popularity 5%; diversity costs 9.6% "
        "of accuracy",
    ]


def test_what_the_titles_say_is_so(notebooks, published: Connection) -> None:
    marts = PublishedMarts(published)
    # As the dashboard says it: the idle are accounts, too.
    top = marts.query("""
        select
            1 - cumulative_users_share as users_share,
            1 - cumulative_watched_share as watched_share,
            p50_hours
        from mart_engagement.agg_watch_time_distribution
        where
            month_start_date = (
                select max(month_start_date)
                from mart_acquisition.agg_platform_growth_by_month
                where is_complete_month
            )
        order by abs(1 - cumulative_users_share - 0.2)
        limit 1
    """).iloc[0]
    assert figures(notebooks["eda"])[0] == (
        f"The most active {percent(top['users_share'])} of accounts watch "
        f"{percent(top['watched_share'])} of the hours, the median account "
        f"{number(top['p50_hours'], 1)} of them"
    )

    tail = marts.query("""
        select count(*) as titles, count(*) filter (where watched_seconds = 0) as unseen
        from mart_content.agg_content_performance
    """).iloc[0]
    assert f"{tail['unseen']} of {tail['titles']} were never watched" in " ".join(
        figures(notebooks["eda"])
    )

    back = marts.query("""
        select sum(returned_cancels) * 1.0 / sum(eligible_cancels) as rate
        from mart_churn.agg_winback_by_month
        where months_since = 12 and not is_immature
    """).iloc[0]
    assert (
        f"{percent(back['rate'])} of those who leave are back within 12 months"
        in figures(notebooks["churn"])
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_page_opens_from_disk_and_asks_for_nothing(
    notebooks, name: str, tmp_path: Path
) -> None:
    text = notebook_page(notebooks[name])
    assert "http://" not in text.replace("http://www.w3.org/", "")
    assert "<script" not in text
    path = tmp_path / f"{name}.html"
    path.write_text(text, encoding="utf-8")
    with browser() as chromium:
        page = chromium.page(390, 800).open(address_of(path))
        assert page.problems == []
        assert page.requests == [address_of(path)]
        assert page.violations() == []
        # Nothing sticks out of a phone's screen.
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert page.evaluate("document.title") == title_of(notebooks[name])
        names = page.evaluate(
            "[...document.querySelectorAll('svg')].map("
            "one => one.role + ': ' + one.getAttribute('aria-label'))"
        )
    assert names == [f"img: {title}" for title in figures(notebooks[name])]


def write_notebook(path: Path, *sources: str) -> None:
    """Write a notebook with a cell of code for each source."""
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell-{number}",
            "metadata": {},
            "outputs": [],
            "source": [source],
        }
        for number, source in enumerate(sources)
    ]
    path.write_text(
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )


def test_a_notebook_that_fails_is_told_and_leaves_the_others_alone(
    published: Connection, tmp_path: Path
) -> None:
    project = Project(tmp_path)
    project.notebooks.mkdir(parents=True)
    write_notebook(project.notebooks / "broken.ipynb", "1 / 0")
    write_notebook(
        project.notebooks / "killed.ipynb",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    )
    write_notebook(project.notebooks / "sound.ipynb", "print(6 * 7)")
    pages = project.site / "notebooks"
    pages.mkdir(parents=True)
    (pages / "broken.html").write_text("of an earlier build")
    with Kernels(notebook_paths(project.notebooks), published) as kernels:
        written, failures = write_notebooks(project, kernels, Progress())
    assert [str(failure) for failure in failures] == [
        "broken.ipynb fails: ZeroDivisionError: division by zero",
        "killed.ipynb lost its kernel: Kernel died",
    ]
    assert written == list(pages.iterdir()) == [pages / "sound.html"]
    assert "42" in written[0].read_text()


def kernels() -> list[int]:
    """Return the processes of the kernels that this process has started."""
    return [
        child.pid
        for child in psutil.Process().children()
        if any("ipykernel_launcher" in word for word in child.cmdline())
    ]


def wait_for_kernels(count: int) -> list[int]:
    """Return this process's kernels when there are so many."""
    until = time.monotonic() + 60
    while len(found := kernels()) != count:
        assert time.monotonic() < until, found
        time.sleep(0.1)
    return found


def test_kernels_that_nobody_wanted_end(published: Connection) -> None:
    with Kernels(PATHS[:2], published):
        wait_for_kernels(2)
    assert kernels() == []
    # Whoever listened to them would go on until this process ends.
    assert not [one for one in threading.enumerate() if isinstance(one, HBChannel)]


def test_a_kernel_that_was_killed_is_told(published: Connection) -> None:
    with Kernels(PATHS[:1], published) as started:
        (kernel,) = map(psutil.Process, wait_for_kernels(1))
        kernel.kill()
        # A signal takes a while on a busy machine; waiting for it would reap the child.
        while kernel.is_running() and kernel.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        (found,) = started.run()
    assert isinstance(found, UserError)
    assert str(found) == f"the kernel of {PATHS[0].name} ended before the notebook ran"


def test_a_kernel_has_loaded_what_its_notebook_imports(
    published: Connection, tmp_path: Path
) -> None:
    path = tmp_path / "loads.ipynb"
    told = "import sys\nprint('colorsys' in sys.modules, 'module' in globals())"
    write_notebook(path, told, "%matplotlib inline", "import colorsys")
    (notebook,) = run_all([path], published)
    assert not isinstance(notebook, UserError)
    assert notebook["cells"][0]["outputs"][0]["text"] == "True False\n"


def test_a_module_that_is_not_there_is_told_once(
    published: Connection, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "lacks.ipynb"
    write_notebook(path, "import not_there_at_all")
    (found,) = run_all([path], published)
    assert isinstance(found, UserError)
    assert str(found) == (
        "lacks.ipynb fails: ModuleNotFoundError: No module named 'not_there_at_all'"
    )
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("removed", "told"),
    [
        ("mart_content.agg_content_performance", "[0-9,]+ accounts and 0 titles"),
        ("mart_engagement.agg_viewing_by_user_month", "0 accounts watched in December"),
    ],
)
def test_too_little_to_look_at_is_told(
    published: Connection, removed: str, told: str
) -> None:
    (path,) = [path for path in PATHS if path.stem == "eda"]
    with copied(published, "too_little") as connection:
        with connection.connect() as session:
            session.execute(trusted(f"truncate {removed} cascade"))
        (found,) = run_all([path], connection)

    assert isinstance(found, UserError)
    assert re.search(f"there is too little to look at: {told}", str(found))


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            # Of some it is not known when they asked.
            "update mart_core.fct_subscriptions set cancel_requested_date = null "
            "where user_id in (select user_id from mart_core.fct_subscriptions "
            "where end_reason = 'voluntary' limit 5)",
            "Members about to leave",
        ),
        (
            "update mart_core.fct_subscriptions set end_reason = 'involuntary' "
            "where end_reason = 'voluntary'",
            "Fewer than thirty members have asked to leave",
        ),
    ],
)
def test_who_did_not_ask_to_leave_is_no_error(
    published: Connection, statement: str, told: str
) -> None:
    (path,) = [path for path in PATHS if path.stem == "churn"]
    with copied(published, "not_asked") as connection:
        with connection.connect() as session:
            session.execute(trusted(statement))
        (found,) = run_all([path], connection)

    assert not isinstance(found, UserError), found
    assert any(told in one for one in [*figures(found), printed(found)])


def test_what_was_read_has_types_to_compute_with(notebook_reader: Connection) -> None:
    marts = PublishedMarts(notebook_reader)
    users = marts.table("mart_core.dim_users", ["is_member", "first_paid_date"])
    assert list(users.columns) == ["is_member", "first_paid_date"]
    assert users["is_member"].dtype == bool
    assert users["first_paid_date"].dtype.kind == "M"
    found = marts.query("select 1.5 as a, 2 as b, null::int as c, null::boolean as d")
    assert [str(dtype) for dtype in found.dtypes] == [
        "float64",
        "int64",
        "Int64",
        "boolean",
    ]
    empty = marts.query("select mrr_usd from mart_churn.fct_user_months where false")
    assert empty["mrr_usd"].dtype == np.float64


def test_a_table_that_is_not_there_is_named(notebook_reader: Connection) -> None:
    marts = PublishedMarts(notebook_reader)
    assert not marts.has("mart_core.dim_users", "mart_core.gone")
    with pytest.raises(UserError, match=r"not published here: mart_core\.gone"):
        marts.table("mart_core.gone")
    with pytest.raises(UserError, match=r"not published here: mart_core\.gone"):
        marts.query("select * from mart_core.gone")
