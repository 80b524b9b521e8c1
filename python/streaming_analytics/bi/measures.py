"""How a metric's values are shown, for both tools."""

from streaming_analytics.bi.metrics import Aggregate, Metric, Metrics, Quotient
from streaming_analytics.bi.naming import is_ratio


def is_share(metric: Metric) -> bool:
    """Return whether a metric is a part of a whole, shown in percent."""
    return not isinstance(metric.definition, Aggregate) and is_ratio(metric.name)


def is_money(metric: Metric, metrics: Metrics) -> bool:
    """Return whether a metric is in US dollars."""
    if isinstance(metric.definition, Quotient):
        numerator, denominator = metrics.parts(metric)
        return is_money(numerator, metrics) and not is_money(denominator, metrics)
    return any(column.endswith("_usd") for _, column in metrics.columns(metric))
