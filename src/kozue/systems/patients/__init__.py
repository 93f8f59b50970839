"""Systems about patients."""
