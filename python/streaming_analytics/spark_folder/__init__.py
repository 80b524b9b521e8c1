"""A warehouse of Parquet in a folder, built by Spark on this machine or a cluster."""
