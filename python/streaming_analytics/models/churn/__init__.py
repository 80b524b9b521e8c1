"""The churn model: who is likely to be lost in the next month, and why."""
