"""Who sells, hands over and helps: markets, dealers, desks and third parties, their staff, hours and slots.

What a slot is used for (a test drive, a handover) is decided further up; who buys is not known here.
"""
