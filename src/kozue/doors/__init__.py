"""The five doors, each generated from the registry."""
