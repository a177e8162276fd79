"""Runs a recipe: scheduler, door, control."""
