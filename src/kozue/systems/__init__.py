"""The AI systems, one folder each, grouped along the pipeline."""
