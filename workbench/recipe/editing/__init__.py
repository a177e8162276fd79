"""Editing a recipe's text: only the characters that must change do, and what the text means is checked."""
