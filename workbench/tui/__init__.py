"""Face: the Textual terminal program."""
