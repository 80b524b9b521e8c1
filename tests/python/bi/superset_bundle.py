"""Superset's bundle as it is read, and what in it names something that is not there."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import yaml

Content = dict[str, Any]


class Bundle:
    """The files of a bundle, read; nothing here knows what wrote them."""

    def __init__(self, files: Mapping[str, str]) -> None:
        """Read the YAML among `files`."""
        self._read = {
            name: yaml.safe_load(text)
            for name, text in files.items()
            if name.endswith(".yaml")
        }

    def _of(self, kind: str) -> dict[str, Content]:
        return {
            name.removeprefix(f"{kind}/").removesuffix(".yaml"): content
            for name, content in self._read.items()
            if name.startswith(f"{kind}/")
        }

    @cached_property
    def datasets(self) -> dict[str, Content]:
        """Datasets by the mart's name."""
        return self._of("datasets")

    @cached_property
    def charts(self) -> dict[str, Content]:
        """Charts by name."""
        return self._of("charts")

    @cached_property
    def dashboards(self) -> dict[str, Content]:
        """Dashboards by the page's name."""
        return self._of("dashboards")

    def metrics(self, dataset: str) -> dict[str, str]:
        """Return the expressions of a dataset's metrics."""
        found = self.datasets[dataset]["metrics"]
        return {one["metric_name"]: one["expression"] for one in found}

    def rows(self, dataset: str) -> str:
        """Return the rows of a dataset in the built sample, to be selected from."""
        content = self.datasets[dataset]
        if content["sql"] is None:
            return f"dev_{content['schema']}.{content['table_name']}"
        return "(" + re.sub(r"\bmart_(\w+)\.", r"dev_mart_\1.", content["sql"]) + ")"

    def faults(self) -> list[str]:
        """Return what is named and not there."""
        return [*self._chart_faults(), *self._dashboard_faults()]

    def _chart_faults(self) -> Iterator[str]:
        databases = {one["uuid"] for one in self._of("databases").values()}
        by_uuid = {one["uuid"]: one for one in self.datasets.values()}
        for name, dataset in self.datasets.items():
            if dataset["database_uuid"] not in databases:
                yield f"{name}: its database"
        for name, chart in self.charts.items():
            dataset = by_uuid.get(chart["dataset_uuid"])
            if dataset is None:
                yield f"{name}: its dataset"
                continue
            columns = {one["column_name"] for one in dataset["columns"]}
            metrics = {one["metric_name"] for one in dataset["metrics"]}
            params = chart["params"]
            asked = [*params["groupby"]]
            asked += [params["x_axis"]] if "x_axis" in params else []
            asked += [one["subject"] for one in params["adhoc_filters"]]
            yield from (f"{name}: column {one}" for one in set(asked) - columns)
            yield from (
                f"{name}: metric {one}" for one in set(params["metrics"]) - metrics
            )

    def _dashboard_faults(self) -> Iterator[str]:
        charts = {one["uuid"]: one for one in self.charts.values()}
        by_uuid = {one["uuid"]: one for one in self.datasets.values()}
        for name, dashboard in self.dashboards.items():
            position = dashboard["position"]
            boxes = {key: box for key, box in position.items() if isinstance(box, dict)}
            children = [
                child for box in boxes.values() for child in box.get("children", [])
            ]
            yield from (f"{name}: {one}" for one in set(children) - boxes.keys())
            loose = boxes.keys() - {*children, "ROOT_ID", "HEADER_ID"}
            yield from (f"{name}: {one} lies nowhere" for one in loose)
            shown = [
                box["meta"]["uuid"] for box in boxes.values() if box["type"] == "CHART"
            ]
            yield from (f"{name}: chart {one}" for one in set(shown) - charts.keys())
            reached = [
                by_uuid[charts[one]["dataset_uuid"]]
                for one in shown
                if one in charts and charts[one]["dataset_uuid"] in by_uuid
            ]
            for one in dashboard["metadata"]["native_filter_configuration"]:
                for target in one["targets"]:
                    column = target["column"]["name"]
                    if target["datasetUuid"] not in by_uuid:
                        yield f"{name}: the filter's dataset"
                    # A chart that lacks the column answers with an error.
                    yield from (
                        f"{name}: {dataset['table_name']} lacks {column}"
                        for dataset in reached
                        if column not in {c["column_name"] for c in dataset["columns"]}
                    )
