"""The catalogue of data sets and how to get them.

``kozue.data.get("tdc_admet_group")`` gives the files of a data set by name; ``catalogue()`` lists
what there is, with licence and citation, and ``describe(name)`` tells it to a person.
"""

from __future__ import annotations

from kozue.data.catalogue import DataSet, catalogue, describe
from kozue.data.getting import get

__all__ = ["DataSet", "catalogue", "describe", "get"]
