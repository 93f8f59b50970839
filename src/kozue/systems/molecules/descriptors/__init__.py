"""Molecules as numbers: more than twenty published representations by one operation.

Each block has a name, a size, a unit and a meaning for every number, and the paper it comes from
(``descriptors.list``). Fingerprints come as one list of int32 a molecule (counts overflow eight bits in
repetitive molecules) or as columns; descriptors come as named columns. Structures are brought into the form
that the models of this package see (largest part, uncharged) unless asked otherwise; what cannot be computed
is empty, never a made-up number. Other systems ask by ``context.call("descriptors.compute", batch, blocks=[…])``.
"""
