"""Composing a recipe: its parts, lines, fields and previews, free of Textual."""
