"""The charts of dashboard and report, one module each, in reading order."""

from streaming_analytics.report.panels import (
    churn_risk,
    genres,
    growth,
    movements,
    recommender,
    retention,
    risk_drivers,
    seasons,
    signals,
    signups,
    survival,
    titles,
    viewing_hours,
    watch_time,
)

PANELS = (
    growth.PANEL,
    movements.PANEL,
    signups.PANEL,
    seasons.PANEL,
    churn_risk.PANEL,
    risk_drivers.PANEL,
    retention.PANEL,
    survival.PANEL,
    watch_time.PANEL,
    signals.PANEL,
    viewing_hours.PANEL,
    titles.PANEL,
    recommender.PANEL,
    genres.PANEL,
)
