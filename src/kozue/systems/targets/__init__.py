"""Systems about targets."""
