"""The project's compiled SQL, run by hand: on tiny platforms and with planted errors.

One dbt build gives the compiled statements; everything here sends them to PostgreSQL
itself, in dependency order, because a dbt process costs seconds and these suites need
thousands of runs. It lives beside the tests and not in the package: it needs the tests'
own dependencies and is of no use to who runs the warehouse.
"""
