"""Ways in which engines differ, each planted into the SQL of the marts as text.

A pattern is looked for in what dbt compiled for DuckDB.
"""

#: By what it is: the pattern, and what another engine would have understood.
PLANTED: dict[str, tuple[str, str]] = {
    "weeks begin on Sunday": (
        r"date_trunc\('week', (\w+)\)",
        r"date_trunc('week', \1 + interval 1 day) - interval 1 day",
    ),
    "Sunday is day 0": (r"extract\(isodow from", "extract(dow from"),
    "times stay in UTC": (
        r"\((\S+) at time zone 'UTC'\)\s*at time zone \S+",
        r"\1",
    ),
    "a month is 30 days": (
        r"\* interval 1 month",
        r"* interval 30 day",
    ),
    "the last day is the 28th": (
        r"cast\(1 as bigint\) \* interval 1 month",
        r"interval 28 day",
    ),
    "quotients are cut off": (r"\+ abs\([^\n]+?\)\)\s*//", ") //"),
    "halves go down": (r"\)\s*// nullif", " - 1) // nullif"),
    "division of integers rounds": (r"floor\(", "round("),
    "exact numbers are floats of four bytes": (r"as numeric\(30, 6\)\)", "as float)"),
    "a percentile is a value": (r"percentile_cont", "percentile_disc"),
    "windows end anywhere": (r"rows between", "range between"),
    "repeats are counted": (r"count\(\s*distinct", "count("),
    "nothing is NULL and not 0": (r"coalesce\((\w+\.\w+), 0\)", r"\1"),
    "least of NULL is NULL": (
        r"least\(\s*([^,()]+),\s*([^,()]+)\)",
        r"(case when \1 < \2 then \1 when \2 <= \1 then \2 end)",
    ),
    "ln is of base 10": (r"\bln\(", "log10("),
    "rows that repeat are one": (r"union all", "union"),
    "a difference of days counts none": (r"date_diff\('day'", "date_sub('month'"),
    "texts are compared without case": (r"= '([a-z]+)'", r"= upper('\1')"),
    "an average is the median": (r"\bavg\(", "median("),
    "the hour is of twelve": (
        r"extract\(hour from (\w+)\)",
        r"(extract(hour from \1) % 12)",
    ),
    "the row before is the next": (r"\blag\(", "lead("),
}
