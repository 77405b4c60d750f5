"""The tests, beside the contexts that they speak of."""
