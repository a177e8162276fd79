"""Checks of an output: one small file per family, a registry."""
