"""Random streams, quantiles, keys and compiled loops: nothing of the platform."""
