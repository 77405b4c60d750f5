"""What a customer has: vehicles, services that run, plans, and the wallet of mobility credits.

How it was sold and paid is further up; a line is known here only by its id.
"""
