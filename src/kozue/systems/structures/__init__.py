"""Systems about structures."""
