"""`streaming doctor`: what stands in the way, and what to do about it."""

# click reads the escape \b in a docstring as "leave these lines as they are".
# ruff: noqa: D301

import click


@click.command()
def doctor() -> None:
    """Look at the house: disk, folders, versions, shell, server, locks, last runs.

    A line for each: ok; warn, which no command needs to mind yet; or fail, which no
    command gets past, each with what to do about it. The exit code is 1 when anything
    fails. Starts no server and changes nothing; `streaming status` says what data
    there are.

    What each command did, and how long its steps took, is in .warehouse/logs, a file
    for each of the last thirty runs.

    \b
    Examples:
      streaming doctor
      streaming doctor | grep -v ^ok
    """
    from streaming_analytics.jobs.doctor import describe_diagnosis, diagnose
    from streaming_analytics.project import find_project

    diagnosis = diagnose(find_project())
    for line in describe_diagnosis(diagnosis):
        click.echo(line)
    if not diagnosis.is_sound:
        raise SystemExit(1)
