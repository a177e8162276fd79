"""The command line: thin typer commands over the uses of the record; it owns no logic of runs."""
