"""The catalogue of data sets and how to get them."""
