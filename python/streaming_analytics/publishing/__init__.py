"""Write, audit, publish: the candidate's rows into the tables that BI reads."""
