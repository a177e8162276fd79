"""One file per verb of the recipe language."""
