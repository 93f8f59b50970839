"""The core of a molecule that stays while its side chains grow.

``reading`` turns what a person gives (a structure with attachment points, a lead, examples) into a
:class:`~kozue.systems.molecules.design.core.scaffold.Core`; ``scaffold`` proves by an atom mapping that a molecule
holds it; ``gapped`` writes it as SMILES with gaps; ``shapes`` and ``grammar`` let a language model fill the gaps
and nothing else; ``decorating`` does so in batches; ``sidechains`` takes finished molecules apart again.
"""
