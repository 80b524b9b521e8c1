"""A Power BI project: semantic model, report, and a lint of their references."""
