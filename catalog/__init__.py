"""What can be bought and at what price: models, stock by VIN and its holds, services. It knows no cart and no order."""
