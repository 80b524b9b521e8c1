"""The marts and metrics of the built sample, and the published schemas when there."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest
from dbt_sample import ROOT, Built

from streaming_analytics.bi.metrics import Metrics, read_metrics
from streaming_analytics.mart_contract import MartContract, read_mart_contract


@pytest.fixture(scope="session")
def marts(built: Built) -> MartContract:
    return read_mart_contract(built.manifest)


@pytest.fixture(scope="session")
def metrics(built: Built) -> Metrics:
    return read_metrics(built.manifest)


@pytest.fixture(scope="session")
def published_schemas() -> ModuleType:
    """Return the validator that lies with Tableau's and Microsoft's schemas.

    BI_SCHEMAS names their folder: they are not ours to give away.
    """
    path = Path(os.environ["BI_SCHEMAS"]) / "validate.py"
    spec = importlib.util.spec_from_file_location("validate", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def dashboards() -> Path:
    return ROOT / "docs" / "dashboards"
