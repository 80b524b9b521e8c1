"""The marts once more, from the definitions and not from the SQL.

Each module recomputes the tables of one area from the raw rows in plain Python:
`docs/decisions/` say what, the columns' descriptions say how it is rounded. Tables are
lists of dictionaries and no data frames, because decimals and NULL must stay exact.
"""
