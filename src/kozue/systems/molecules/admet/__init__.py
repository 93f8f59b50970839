"""ADMET: what a molecule will do in the body, predicted from its structure.

``admet.predict`` gives 37 endpoints of absorption, distribution, metabolism, excretion and toxicity, each
with its unit, an interval or a calibrated probability, whether the molecule resembles what the model
has seen, and the three nearest measured molecules. ``admet.explain`` shows which atoms drive a
prediction, ``admet.train`` and ``admet.apply`` make and use a model of your own measurements, and
``admet.evaluate`` says how good the models are, on your data or on the public benchmark.
"""
