"""One molecule as people look at it: facts, pictures, profile, comparison, and the sheet on paper.

The web page and the REST routes below ``/api/molecules`` share what is here. Nothing names a system: which
operation gives the profile, which one explains it and which one gives a plasma curve follows from their
schemas (:mod:`kozue.doors.molecule.parts`).
"""
