"""Tableau data sources, a workbook, extracts, and a lint of their references."""
