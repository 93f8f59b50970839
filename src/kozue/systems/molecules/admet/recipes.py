"""What cross-validation on the training data chose, by endpoint; nothing here was chosen on a test set."""

from __future__ import annotations

from kozue.systems.molecules.admet.fitting import Recipe

SMALL = Recipe(trees=500, leaves=8, rate=0.025, columns=0.08, ridge=0.2)
MIDDLE = Recipe(trees=700, leaves=31, rate=0.04, columns=0.1, ridge=0.2)
LARGE = Recipe(trees=600, leaves=31, rate=0.06, columns=0.1, ridge=0.2)


def recipe_for(records: int) -> Recipe:
    """Return the recipe for a number of training molecules."""
    return SMALL if records < 1000 else MIDDLE if records < 4000 else LARGE
