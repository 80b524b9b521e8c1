"""The PostgreSQL that holds the warehouse: the embedded one, or the user's own."""
