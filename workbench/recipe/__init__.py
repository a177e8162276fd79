"""The recipe language: schema, load, expressions, graph, check."""
