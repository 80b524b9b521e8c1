"""All files of the Power BI project, and the connection file beside it."""

from streaming_analytics.bi.metrics import Metrics
from streaming_analytics.bi.powerbi.layout import SCHEMAS, Json
from streaming_analytics.bi.powerbi.model import made_of, model_files
from streaming_analytics.bi.powerbi.names import lineage
from streaming_analytics.bi.powerbi.report import ReportWriter, text
from streaming_analytics.bi.server import Engine, Server
from streaming_analytics.mart_contract import MartContract


def project_files(
    name: str, marts: MartContract, metrics: Metrics, server: Server
) -> dict[str, str]:
    """Return the files of a project called `name`, by path."""
    report, model = f"{name}.Report", f"{name}.SemanticModel"
    files = {
        f"{name}.pbip": text(
            {
                "$schema": f"{SCHEMAS}/pbip/pbipProperties/1.0.0/schema.json",
                "version": "1.0",
                "artifacts": [{"report": {"path": report}}],
                "settings": {"enableAutoRecovery": True},
            }
        ),
        f"{report}/.platform": _platform("Report", name),
        f"{report}/definition.pbir": text(
            {
                "$schema": f"{SCHEMAS}/item/report/definitionProperties/"
                "2.0.0/schema.json",
                "version": "4.0",
                "datasetReference": {"byPath": {"path": f"../{model}"}},
            }
        ),
        f"{model}/.platform": _platform("SemanticModel", name),
        f"{model}/definition.pbism": text(
            {
                "$schema": f"{SCHEMAS}/item/semanticModel/definitionProperties/"
                "1.0.0/schema.json",
                "version": "4.2",
                "settings": {},
            }
        ),
    }
    if server.engine is Engine.POSTGRESQL:
        files[f"{name}.pbids"] = text(_connection(server))
    whole = made_of(marts, metrics)
    for path, content in ReportWriter(whole).files().items():
        files[f"{report}/{path}"] = content
    for path, content in model_files(whole, server).items():
        files[f"{model}/definition/{path}"] = content
    return files


def _connection(server: Server) -> Json:
    """Return the connection alone; the format knows no HTTP path of Databricks."""
    address = {"server": f"{server.host}:{server.port}", "database": server.database}
    return {
        "version": "0.1",
        "connections": [
            {
                "details": {"protocol": "postgresql", "address": address},
                "options": {},
                "mode": "Import",
            }
        ],
    }


def _platform(kind: str, name: str) -> str:
    return text(
        {
            "$schema": f"{SCHEMAS}/gitIntegration/platformProperties/2.0.0/schema.json",
            "metadata": {"type": kind, "displayName": name},
            "config": {"version": "2.0", "logicalId": lineage("platform", kind)},
        }
    )
