"""Filters: which structures are not worth a call, and which settings leave nothing to find."""
