"""Face: the command line, thin typer commands over the study floor."""
