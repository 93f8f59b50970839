"""The nouns that every room speaks: errors, records, operations, registry, context.

Data model
----------
Records travel as :class:`pyarrow.RecordBatch`. A column's *role* (what it means: a molecule, a
protein sequence, an activity) and *unit* are kept in the Arrow field's metadata, so that readers,
forms, tables and plots can be derived from them. A record that cannot be processed stays in its
row and carries an ``error_code`` and an ``error_message``: n records in = n records out, in order.

Nothing in this package imports numpy, pyarrow, torch or rdkit when it is loaded.
"""
