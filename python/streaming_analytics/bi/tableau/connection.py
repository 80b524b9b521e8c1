"""What a Tableau data source connects to."""

from streaming_analytics.bi.server import Engine, Server

_CLASSES = {Engine.POSTGRESQL: "postgres", Engine.DATABRICKS: "databricks"}


def connection_name(server: Server) -> str:
    """Return the name that relations refer to."""
    return f"{_CLASSES[server.engine]}.streaming"


def connection_attributes(server: Server) -> dict[str, str]:
    """Return the attributes of the connection to a server."""
    common = {
        "class": _CLASSES[server.engine],
        "dbname": server.database,
        "one-time-sql": "",
        "port": str(server.port),
        "server": server.host,
        "username": server.user,
    }
    if server.engine is Engine.DATABRICKS:
        return common | {
            "authentication": "auth-user-pass",
            "sslmode": "require",
            "v-http-path": server.http_path,
        }
    return common | {
        "authentication": "username-password",
        "odbc-native-protocol": "yes",
        "sslmode": "",
        "workgroup-auth-mode": "prompt",
    }
