"""Human pharmacokinetics: what the body will do with a compound, before anyone has taken it.

``human_pk.predict`` gives clearance, volume of distribution, fraction unbound, half-life and mean residence
time in humans from the structure, sharper with any measured values of rat, dog, monkey or in-vitro assays,
the plasma curve of a dose with its band, and the dose for a wanted exposure. Classical scaling stands
beside. ``human_pk.evaluate`` says how good it is, on your compounds or by cross-validation on public data.
"""
