"""Extracts: the published tables in Tableau's own format, packed with a workbook."""

import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from psycopg import sql

from streaming_analytics.bi.tableau.source import Source
from streaming_analytics.bi.tableau.xml import EXTRACT_SCHEMA, extract_path, object_id
from streaming_analytics.errors import UserError
from streaming_analytics.mart_contract import Column, Mart
from streaming_analytics.progress import Progress
from streaming_analytics.warehouse.connection import Connection
from streaming_analytics.whole_files import whole_file

# Tableau reads no wider decimal.
_HYPER_DIGITS = 38
# A package whose times do not change has the same bytes for the same content.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def write_package(
    path: Path,
    workbook: str,
    sources: Sequence[Source],
    connection: Connection,
    progress: Progress,
) -> None:
    """Write a `.twbx`: the workbook and an extract for each of its data sources.

    Raises:
        UserError: tableauhyperapi is not installed, or a mart is not published.
    """
    hyper = _hyper_api()
    with tempfile.TemporaryDirectory() as folder:
        extracts = {
            extract_path(source): Path(folder) / f"{source.key}.hyper"
            for source in sources
        }
        # Without usage statistics: the project makes no outside connection.
        telemetry = hyper.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU
        with (
            hyper.HyperProcess(telemetry, parameters={"log_config": ""}) as process,
            connection.connect() as session,
        ):
            for source, file in zip(sources, extracts.values(), strict=True):
                progress.update(f"extracting {source.caption}")
                with hyper.Connection(
                    process.endpoint, file, hyper.CreateMode.CREATE_AND_REPLACE
                ) as target:
                    target.catalog.create_schema(EXTRACT_SCHEMA)
                    for mart in source.tables:
                        _copy(hyper, target, session, source, mart, Path(folder))
        with (
            whole_file(path) as unfinished,
            zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as package,
        ):
            _add(package, f"{path.stem}.twb", workbook.encode())
            for name, file in extracts.items():
                _add(package, name, file.read_bytes())
    progress.clear()


def _hyper_api():
    try:
        import tableauhyperapi
    except ImportError as error:
        raise UserError(
            "writing a Tableau extract needs the package tableauhyperapi; install it "
            "with `pip install tableauhyperapi`, or leave out --extract"
        ) from error
    return tableauhyperapi


def _add(package: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _ZIP_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    package.writestr(entry, content)


def _copy(hyper, target, session, source: Source, mart: Mart, folder: Path) -> None:
    """Copy a published table into the extract by way of a CSV file."""
    found = session.execute(
        "select to_regclass(%s)", [f"{mart.schema}.{mart.name}"]
    ).fetchone()
    if found is None or found[0] is None:
        raise UserError(
            f"{mart.schema}.{mart.name} is not published on this server; "
            "build first (streaming build)"
        )
    table = hyper.TableDefinition(
        hyper.TableName(EXTRACT_SCHEMA, object_id(source, mart.name)),
        [
            hyper.TableDefinition.Column(
                column.name,
                _hyper_type(hyper, column),
                hyper.Nullability.NOT_NULLABLE
                if column.is_required
                else hyper.Nullability.NULLABLE,
            )
            for column in mart.columns.values()
        ],
    )
    target.catalog.create_table(table)
    file = folder / "table.csv"
    statement = sql.SQL("copy (select {} from {}) to stdout (format csv)").format(
        sql.SQL(", ").join(sql.Identifier(name) for name in mart.columns),
        sql.Identifier(mart.schema, mart.name),
    )
    with (
        session.cursor() as cursor,
        cursor.copy(statement) as rows,
        file.open("wb") as out,
    ):
        for block in rows:
            out.write(block)
    target.execute_command(
        f"copy {table.table_name} from {hyper.escape_string_literal(str(file))} "
        "with (format csv, delimiter ',')"
    )
    file.unlink()


def _hyper_type(hyper, column: Column):
    types = hyper.SqlType
    if column.kind == "decimal":
        digits, places = column.precision
        return types.numeric(min(digits, _HYPER_DIGITS), places)
    if column.kind == "integer":
        return types.big_int() if column.data_type == "bigint" else types.int()
    return {
        "string": types.text,
        "float": types.double,
        "boolean": types.bool,
        "date": types.date,
        "timestamp": types.timestamp,
    }[column.kind]()
