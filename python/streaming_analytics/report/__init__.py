"""Dashboard and report: what people see of the published marts.

`queries/` reads the marts, `panels/` holds one chart each with what it says,
`questions` the answers of the report, `dashboard` and `paper` put them on a page.
"""
