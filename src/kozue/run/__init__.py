"""Running operations: plan, parts, engines, run folder, report."""
