"""Who signs up, pays, leaves and returns."""
