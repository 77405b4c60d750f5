"""A purchase in progress: the cart and its price, the way the car is handed over, contact, payment and refunds."""
