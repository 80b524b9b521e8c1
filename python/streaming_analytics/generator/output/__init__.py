"""What was simulated as raw tables, ground truth and files."""
