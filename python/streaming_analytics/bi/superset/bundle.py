"""The bundle: a YAML file for each thing, and the ZIP file that Superset imports."""

import io
import json
import zipfile
from collections.abc import Mapping

import yaml

from streaming_analytics import palette
from streaming_analytics.bi.metrics import Metrics
from streaming_analytics.bi.pages import PAGES
from streaming_analytics.bi.server import Server
from streaming_analytics.bi.superset.charts import SCHEME, chart
from streaming_analytics.bi.superset.dashboards import dashboard
from streaming_analytics.bi.superset.datasets import (
    VERSION,
    Yaml,
    database,
    datasets,
)
from streaming_analytics.mart_contract import MartContract

# No part of what is imported: a server has its colours in its settings.
COLOURS_FILE = "colours.json"
DATABASE_FILE = "databases/streaming_analytics.yaml"
# Superset asks for the password of whoever imports a bundle with this in its place.
_PASSWORD = "XXXXXXXXXX"
# Of each file in the archive: the same files make the same bytes.
_DAY = (1980, 1, 1, 0, 0, 0)


def bundle_files(
    marts: MartContract, metrics: Metrics, server: Server
) -> dict[str, str]:
    """Return the bundle's files, by path."""
    by_mart = datasets(marts, metrics)
    address = (
        f"postgresql+psycopg2://{server.user}:{_PASSWORD}"
        f"@{server.host}:{server.port}/{server.database}"
    )
    files: dict[str, Yaml] = {
        "metadata.yaml": {"version": VERSION, "type": "Dashboard"},
        DATABASE_FILE: database(address),
    }
    for name, dataset in by_mart.items():
        files[f"datasets/{name}.yaml"] = dataset.as_yaml()
    for page in PAGES:
        files[f"dashboards/{page.name}.yaml"] = dashboard(page, by_mart)
        for visual in page.visuals:
            made = chart(visual, by_mart[visual.table])
            files[f"charts/{visual.name}.yaml"] = made
    texts = {name: _text(content) for name, content in files.items()}
    return texts | {COLOURS_FILE: json.dumps(_colours(), indent=2) + "\n"}


def _colours() -> Yaml:
    """Return what a server's EXTRA_CATEGORICAL_COLOR_SCHEMES takes."""
    return {
        "id": SCHEME,
        "label": palette.NAME,
        "description": "",
        "isDefault": False,
        "colors": list(palette.SERIES),
    }


class _Dumper(yaml.SafeDumper):
    """Writes a text of several lines, as SQL is, line by line."""


def _written(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _written)


def _text(content: Yaml) -> str:
    return yaml.dump(
        content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=88
    )


def archive(name: str, files: Mapping[str, str]) -> bytes:
    """Return the files as a ZIP file that holds them in one folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for path, text in files.items():
            packed.writestr(
                zipfile.ZipInfo(f"{name}/{path}", _DAY),
                text,
                zipfile.ZIP_DEFLATED,
            )
    return buffer.getvalue()
