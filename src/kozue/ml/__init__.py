"""Learning tools shared by the systems: splits, metrics, calibration, domain, weights."""
