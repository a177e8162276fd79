"""Datasets, and many runs of one recipe over them."""
