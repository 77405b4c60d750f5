"""A payment provider for demos and tests: Stripe's wire form, one SQLite file, no money."""
