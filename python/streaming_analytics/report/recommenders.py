"""The recommenders and measures that charts, sentences and the notebook speak of.

It imports nothing: the notebook does without what draws the dashboard.
"""

NDCG = "ndcg_at_10"
GAIN = "ndcg_at_10_gain"
BASELINE = "popularity"
# How choices were held out; of those that were judged, the first is told. Within each
# account's history training has seen what others chose later, which flatters.
SPLITS = ("global", "per_user")
# What `fct_recommendations` is made with.
SERVED = "ease_top_100_diverse"
