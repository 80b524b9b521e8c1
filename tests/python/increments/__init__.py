"""Builds that keep what no change reaches, held to builds from nothing."""
