"""Molecules without learning: parse, standardise, fingerprint, draw."""
