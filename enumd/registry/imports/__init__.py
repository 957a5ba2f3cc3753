"""Rows of import files taken into the registry, a whole file in one transaction."""
