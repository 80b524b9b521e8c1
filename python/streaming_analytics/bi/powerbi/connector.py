"""How the semantic model reaches a table: its parameters, and a query in M."""

from streaming_analytics.bi.server import Engine, Server
from streaming_analytics.mart_contract import Mart


def parameters(server: Server) -> dict[str, str]:
    """Return the model's parameters, which readers change under Transform data."""
    if server.engine is Engine.DATABRICKS:
        return {
            "Server": server.host,
            "HttpPath": server.http_path,
            "CatalogName": server.database,
        }
    return {"Server": f"{server.host}:{server.port}", "Database": server.database}


def steps(server: Server, mart: Mart) -> list[str]:
    """Return the steps of the query in M; the last one is called Rows."""
    if server.engine is Engine.DATABRICKS:
        return [
            "Source = Databricks.Catalogs(Server, HttpPath, "
            "[Catalog = CatalogName, Database = null])",
            'InCatalog = Source{[Name = CatalogName, Kind = "Database"]}[Data]',
            f'InSchema = InCatalog{{[Name = "{mart.schema}", Kind = "Schema"]}}[Data]',
            f'Rows = InSchema{{[Name = "{mart.name}", Kind = "Table"]}}[Data]',
        ]
    return [
        "Source = PostgreSQL.Database(Server, Database)",
        f'Rows = Source{{[Schema = "{mart.schema}", Item = "{mart.name}"]}}[Data]',
    ]
