"""What cross-validation on the training data chose, by endpoint; nothing here was chosen on a test set."""

from __future__ import annotations

from kozue.systems.molecules.admet.fitting import Recipe

SMALL = Recipe(trees=300, leaves=10, rate=0.04, columns=0.15, share=0.3, ridge=0.3)
MIDDLE = Recipe(trees=400, leaves=15, rate=0.05, columns=0.15, share=0.3, ridge=0.3)
LARGE = Recipe(trees=600, leaves=31, rate=0.06, columns=0.15, share=0.3, ridge=0.3)


def recipe_for(records: int) -> Recipe:
    """Return the recipe for a number of training molecules."""
    return SMALL if records < 1000 else MIDDLE if records < 4000 else LARGE
