"""The sheet of a molecule as PDF, drawn by matplotlib: no browser, no network, no font of our own.

:func:`~kozue.doors.molecule.paper.document.write_pdf` takes what was computed and returns bytes; the same
content gives the same bytes on the same machine.
"""
