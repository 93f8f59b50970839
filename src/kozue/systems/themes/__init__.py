"""Systems about themes."""
