"""Addresses below ``/api``, one module a noun."""
