"""Embedded models that really compute, with the standard library alone."""
