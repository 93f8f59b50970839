"""Bytes to records and back, streamed in batches."""
