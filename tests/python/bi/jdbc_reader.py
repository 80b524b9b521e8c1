"""What a JDBC client sees of tables, as JSON; a process of its own.

A JVM changes the stack and the signals of the process it is started in, and numerical
libraries that run there afterwards crash: it must not share one with other tests.
"""

import json
import sys
from typing import Any

import jpype


def table_as_seen(connection: Any, schema: str, name: str) -> dict[str, Any]:
    """Return a table's number of rows, its columns and its imported keys."""
    statement = connection.createStatement()
    table = f'"{schema}"."{name}"'
    rows = statement.executeQuery(f"select count(*) from {table}")
    rows.next()
    count = int(rows.getLong(1))
    described = statement.executeQuery(f"select * from {table} limit 0").getMetaData()
    columns = [
        {
            "name": str(described.getColumnName(place)),
            "type": int(described.getColumnType(place)),
            "digits": [
                int(described.getPrecision(place)),
                int(described.getScale(place)),
            ],
        }
        for place in range(1, int(described.getColumnCount()) + 1)
    ]
    statement.close()
    found = connection.getMetaData().getImportedKeys(None, schema, name)
    keys = []
    while found.next():
        keys.append(
            [
                str(found.getString(field))
                for field in ("FKCOLUMN_NAME", "PKTABLE_NAME", "PKCOLUMN_NAME")
            ]
        )
    return {"rows": count, "columns": columns, "imported_keys": keys}


def main() -> None:
    """Read where to connect and the tables from standard input, print what is seen."""
    request = json.load(sys.stdin)
    jpype.startJVM(classpath=[request["driver"]], convertStrings=True)
    properties = jpype.JClass("java.util.Properties")()
    properties.setProperty("user", request["user"])
    properties.setProperty("password", request["password"])
    driver = jpype.JClass("org.postgresql.Driver")()
    connection = driver.connect(request["url"], properties)
    seen = {
        name: table_as_seen(connection, schema, name)
        for schema, name in request["tables"]
    }
    connection.close()
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main()
