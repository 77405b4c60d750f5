"""Orders: placed once per cart, paid for, prepared, checked and handed over, with every step on record."""
