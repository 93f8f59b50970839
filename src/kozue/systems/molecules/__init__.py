"""Systems about molecules."""
