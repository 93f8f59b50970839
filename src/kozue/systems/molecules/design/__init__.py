"""Molecule design: search for structures that score well, sample from a prior, train one on an own library.

Everything that proposes structures is a generator (``contracts.py``); all generators of a search share one oracle with
one budget, one cache, the filters and the audit log.
"""
