"""The question to the buyer, by mail."""

import uuid

from app import grants
from app.db import session
from app.deliveries import Delivery, Mail, Withhold
from app.i18n import speaking
from app.letters import letter
from app.locality import Locality, standing_in
from customers import consents
from customers.consent_texts import ANSWER_ME
from customers.models import Consent, Customer
from leads import confirming
from leads.claims import ContactClaim
from leads.models import Lead
from partners.here import market_of
from partners.models import Recipient


def ask(delivery: Delivery) -> Mail | Withhold:
    """Asks by mail, unless it was answered meanwhile or the person wants no answers from us."""
    found = session().get_one(ContactClaim, uuid.UUID(delivery.payload["claim_id"]))
    if found.answer is not None:
        return Withhold("answered")
    lead = session().get_one(Lead, found.lead_id)
    customer = session().get_one(Customer, lead.customer_id)
    recipient = session().get_one(Recipient, found.recipient_id)
    if customer.email is None:
        return Withhold("no e-mail address")
    answer_me = Consent.latest(customer.id, ANSWER_ME)
    if not (answer_me and answer_me.granted) and consents.covering(customer.id, recipient) is None:
        return Withhold("no consent to be answered")
    market = market_of(lead.market_key)
    with speaking(lead.language), standing_in(Locality(recipient.time_zone, market.phone_region)):
        words = confirming.question(found, recipient)
        return letter(
            "leads/mail/claim.txt",
            customer.email,
            lead.language,
            name=customer.name,
            question=words,
            recipient=recipient.name_shown,
            link=grants.link(grants.mint("contact_claim", found.id), lead.language),
        )
