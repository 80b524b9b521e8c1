"""The colours of whatever people look at: dashboard, report, notebooks, BI files.

Each of the series has 3:1 against the paper and is told apart by colour-blind eyes.
"""

INK = "#1c2430"
MUTED = "#5d6673"
RULE = "#d9d5cc"
PAPER = "#fbf9f4"
ACCENT = "#0b5c8a"
CONTRAST = "#c4561a"

# Okabe and Ito's set, darkened until each has 3:1 on the paper (WCAG 1.4.11).
SERIES = ("#0b6fa8", "#c4561a", "#0a8060", "#a5568a", "#8a6d00", "#3f3f94", "#6b6b6b")

# What BI tools call the set.
NAME = "Streaming analytics"
