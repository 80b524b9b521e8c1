"""Speed beside peers, in the same run; `streaming bench` runs these from a checkout."""
