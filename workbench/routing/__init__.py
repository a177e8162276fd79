"""Chooses a model for each call."""
