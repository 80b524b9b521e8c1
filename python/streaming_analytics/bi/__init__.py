"""Files that Tableau and Power BI open, made from dbt's manifest."""
