"""Who buys: a person as told by the person, and the ledger of what they agreed to.

What somebody bought is in `orders` and `garage`; whom they may be handed to is in `partners`.
"""
