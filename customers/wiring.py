"""What customers plug into the house."""

from app.access import VISITOR
from app.wiring import Wiring
from customers import views
from customers.events import ConsentGiven, ConsentWithdrawn

wiring = Wiring(
    name="customers",
    blueprints=(views.blueprint,),
    policies={"customers.your_consents": VISITOR, "customers.take_back": VISITOR},
    record_only=(ConsentGiven, ConsentWithdrawn),
)
