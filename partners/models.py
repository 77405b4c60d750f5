"""Markets, recipients, their staff, their hours, and the slots that can be booked with them."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Self

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Numeric,
    UniqueConstraint,
    func,
    select,
    true,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app import clock, ids
from app.db import IdModel, Model, session
from app.events import Actor, record
from app.i18n import localized
from partners import lanes, passwords
from partners.events import SlotBooked, SlotReleased
from partners.incidents import RecipientIncident
from partners.invitations import StaffInvitation
from partners.refusals import SlotNotFound, SlotTaken
from partners.second_factor import RecoveryCode, SecondFactor
from partners.steps import SignInStep
from partners.tax_policy import TaxPolicy

__all__ = [
    "Booking",
    "Holiday",
    "Market",
    "OpeningHours",
    "Recipient",
    "RecipientIncident",
    "RecoveryCode",
    "SecondFactor",
    "SignInStep",
    "Slot",
    "Staff",
    "StaffInvitation",
    "StaffRole",
]

HOME_MARKET = "CN"
BRAND = "tarn"

DEALER = "dealer"
HOUSE_DESKS = ("agent_desk", "call_centre")
PARTNERS = ("insurance_partner", "finance_partner", "energy_partner")
KINDS = (DEALER, *HOUSE_DESKS, *PARTNERS)

ROLES = ("agent", "dealer", "admin")
PURPOSES = ("test_drive", "handover", "delivery")
HOURS_PURPOSES = ("visit", *PURPOSES)

TAX_MODES = ("purchase_tax", "gross_vat")
ORDER_WORDS = ("pay", "obligation")


Lane = lanes.Lane
LaneClosure = lanes.LaneClosure


def _one_of(column: str, values: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Market(Model):
    """A country with its currency, taxes, languages and legal policies. Rates are shares (0.05 is 5 %)."""

    __table_args__ = (
        CheckConstraint(_one_of("tax_mode", TAX_MODES), name="tax_mode"),
        CheckConstraint(_one_of("order_words", ORDER_WORDS), name="order_words"),
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    brand_id: Mapped[str] = mapped_column(server_default=BRAND)
    name: Mapped[str]
    name_zh: Mapped[str]
    currency: Mapped[str]
    time_zone: Mapped[str]
    languages: Mapped[list[str]]
    phone_region: Mapped[str]
    house_phone: Mapped[str]

    purchase_tax_rate: Mapped[Decimal] = mapped_column(Numeric(7, 5))
    purchase_tax_cap_minor: Mapped[int | None]
    vat_rate: Mapped[Decimal] = mapped_column(Numeric(7, 5))
    rounding: Mapped[dict[str, int]]
    """Kind of line -> the step in minor units that it is rounded to, half up."""
    plates_minor: Mapped[int]
    used_transfer_minor: Mapped[int]
    delivery_minor: Mapped[int]

    deposit_minor: Mapped[int]
    balance_days_before_handover: Mapped[int]
    cancel_days: Mapped[int]

    tax_mode: Mapped[str] = mapped_column(server_default="purchase_tax")
    """purchase_tax: the state taxes the purchase on top; gross_vat: the price holds its VAT, and nothing comes on top."""
    order_words: Mapped[str] = mapped_column(server_default="pay")
    """What the last button says: that it pays, or that the order obliges to pay."""
    withdrawal_days: Mapped[int] = mapped_column(server_default="0")
    """Of the statutory right to withdraw from a distance contract; 0 where the law knows none."""
    number_prefix: Mapped[str] = mapped_column(server_default="")
    """The market's letter in human numbers: T-2611-00042 at home, TD-2611-00042 where it is D."""
    address_fields: Mapped[list[str]] = mapped_column(server_default='["street", "district", "city"]')
    """What an address is made of here, from the street on."""
    finance_rate: Mapped[Decimal] = mapped_column(Numeric(7, 5), server_default="0.032")
    """Nominal, a year."""
    finance_months: Mapped[int] = mapped_column(server_default="60")
    finance_down_share: Mapped[Decimal] = mapped_column(Numeric(7, 5), server_default="0.20")
    finance_step_minor: Mapped[int] = mapped_column(server_default="100")
    """An instalment is rounded to this step."""
    finance_lender_code: Mapped[str] = mapped_column(server_default="heyuan")

    @property
    def tax_policy(self) -> TaxPolicy:
        return TaxPolicy(
            mode=self.tax_mode,
            currency=self.currency,
            purchase_tax_rate=self.purchase_tax_rate,
            purchase_tax_cap_minor=self.purchase_tax_cap_minor,
            vat_rate=self.vat_rate,
            plates_minor=self.plates_minor,
            used_transfer_minor=self.used_transfer_minor,
            purchase_tax_step=self.rounding.get("purchase_tax", 1),
        )

    @classmethod
    def get(cls, key: str) -> "Market":
        return session().get_one(cls, key)

    @classmethod
    def home(cls) -> "Market":
        """The market that the demo and the imports mean when none is named. Pages ask `here.market_here()`."""
        return cls.get(HOME_MARKET)


class Recipient(IdModel):
    """Somebody a customer can be handed to: a dealer, a desk of the house, or a partner company."""

    __table_args__ = (
        CheckConstraint(_one_of("kind", KINDS), name="kind"),
        CheckConstraint("accept_within_s > 0", name="accept_within"),
        CheckConstraint("capacity_open > 0", name="capacity_open"),
        CheckConstraint(
            "(former_secret IS NULL) = (former_secret_until IS NULL)", name="only_a_former_secret_ends"
        ),
        Index("ix_recipient_kind", "kind", postgresql_where="active"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=ids.public_id)
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    brand_id: Mapped[str] = mapped_column(server_default=BRAND)
    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"), index=True)
    name: Mapped[str]
    name_zh: Mapped[str]
    city: Mapped[str]
    city_zh: Mapped[str]
    address: Mapped[str]
    address_zh: Mapped[str]
    phone: Mapped[str] = mapped_column(server_default="")
    time_zone: Mapped[str]
    home_delivery: Mapped[bool] = mapped_column(server_default="false")
    mail_to: Mapped[str | None]
    webhook_url: Mapped[str | None]
    webhook_secret: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default=true())
    wants_adf: Mapped[bool] = mapped_column(server_default="false")
    """Leads about a car come as ADF 1.0 instead of a letter; only dealers ask for it."""
    adf_mail_to: Mapped[str | None]
    """Where its lead software reads; the ordinary address when there is none."""
    accept_within_s: Mapped[int] = mapped_column(server_default="600")
    """Of its open time, from the offer of a lead to its answer."""
    capacity_open: Mapped[int | None]
    """How many open leads it takes at once; None for any number."""
    languages: Mapped[list[str]] = mapped_column(server_default="[]")
    """That its people speak; empty means those of its market."""
    former_secret: Mapped[str | None]
    """Signs beside the new one until then, so that the other side changes over without losing a call; of two changes
    shortly after each other both former ones, with a space between."""
    former_secret_until: Mapped[datetime | None]
    webhook_gone_at: Mapped[datetime | None]
    """The address answered 410: it is not called any more until somebody switches it on again."""
    webhook_since: Mapped[datetime | None]
    """When this address was set or switched on again; what an earlier call was answered says nothing about it."""
    contact_mail_to: Mapped[str | None]
    """Who hears of it when telling them fails; the ordinary address when there is none."""

    @property
    def is_cut_off(self) -> bool:
        """Its software is gone and it reads no mail: nothing that is told would come through."""
        return self.webhook_gone_at is not None and not self.mail_to

    @property
    def contact(self) -> str | None:
        return self.contact_mail_to or self.mail_to

    @property
    def calls_webhook(self) -> bool:
        return bool(self.webhook_url and self.webhook_secret) and self.webhook_gone_at is None

    def webhook_secrets(self, at: datetime) -> tuple[str, ...]:
        """Those that sign a call now, the current one first."""
        formers = self.former_secret if self.former_secret_until and self.former_secret_until > at else None
        return tuple(secret for secret in (self.webhook_secret, *(formers or "").split()) if secret)

    @property
    def is_house_desk(self) -> bool:
        """A desk of the house itself: a consent to be answered covers it. Everybody else must be named."""
        return self.kind in HOUSE_DESKS

    @property
    def is_dealer(self) -> bool:
        return self.kind == DEALER

    def label(self, language: str) -> str:
        return self.name_zh if language == "zh" else self.name

    @property
    def name_shown(self) -> str:
        return localized(self.name, self.name_zh)

    @property
    def city_shown(self) -> str:
        return localized(self.city, self.city_zh)

    @property
    def address_shown(self) -> str:
        return localized(self.address, self.address_zh)

    @classmethod
    def by_code(cls, code: str) -> "Recipient | None":
        return session().scalars(select(cls).where(cls.code == code)).one_or_none()

    @classmethod
    def by_public_id(cls, value: str) -> "Recipient | None":
        """An active recipient, or None."""
        return session().scalars(select(cls).where(cls.public_id == value, cls.active)).one_or_none()

    @classmethod
    def dealers(cls, market_key: str = HOME_MARKET) -> Sequence["Recipient"]:
        """The dealers of a market that are open for business, by code."""
        wanted = select(cls).where(cls.kind == DEALER, cls.market_key == market_key, cls.active)
        return session().scalars(wanted.order_by(cls.code)).all()

    @classmethod
    def of_kind(cls, kind: str, market_key: str = HOME_MARKET) -> "Recipient | None":
        """The first active recipient of a kind: the desk or partner of this market."""
        wanted = select(cls).where(cls.kind == kind, cls.market_key == market_key, cls.active)
        return session().scalars(wanted.order_by(cls.code).limit(1)).one_or_none()


class Staff(IdModel):
    """A person who works for the house or a dealer and signs in with a password."""

    public_id: Mapped[str] = mapped_column(unique=True, default=ids.public_id)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_zh: Mapped[str] = mapped_column(server_default="")
    earlier_email: Mapped[str | None]
    """Before an admin changed it: the notice goes there too."""
    password_hash: Mapped[str]
    language: Mapped[str] = mapped_column(server_default="en")
    active: Mapped[bool] = mapped_column(server_default=true())
    last_signed_in_at: Mapped[datetime | None]

    roles: Mapped[list["StaffRole"]] = relationship(order_by="StaffRole.role", lazy="selectin")

    @property
    def name_shown(self) -> str:
        return localized(self.name, self.name_zh or None)

    @classmethod
    def by_email(cls, email: str) -> "Staff | None":
        return session().scalars(select(cls).where(cls.email == email.strip().lower())).one_or_none()

    def check_password(self, password: str) -> bool:
        return passwords.matches(password, self.password_hash)


class StaffRole(IdModel):
    """agent: the house's desks; dealer: one recipient; admin: everything of the house."""

    __table_args__ = (
        CheckConstraint(_one_of("role", ROLES), name="role"),
        CheckConstraint("role <> 'dealer' OR recipient_id IS NOT NULL", name="dealer_names_its_recipient"),
        UniqueConstraint("staff_id", "role", "recipient_id", postgresql_nulls_not_distinct=True),
    )

    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    role: Mapped[str]
    recipient_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("recipient.id"), index=True)
    brand_id: Mapped[str] = mapped_column(server_default=BRAND)


class OpeningHours(IdModel):
    """When a place is open for a purpose, on its own clock. Purpose `visit` is the showroom or the desk itself.

    weekday counts Monday as 1. With slot_minutes the hours are cut into slots of that length.
    """

    __table_args__ = (
        CheckConstraint(_one_of("purpose", HOURS_PURPOSES), name="purpose"),
        CheckConstraint("weekday BETWEEN 1 AND 7", name="weekday"),
        CheckConstraint("opens_at < closes_at", name="opens_before_it_closes"),
        CheckConstraint("slot_minutes IS NULL OR slot_minutes BETWEEN 10 AND 480", name="slot_minutes"),
        CheckConstraint("capacity BETWEEN 1 AND 50", name="capacity"),
        UniqueConstraint("recipient_id", "purpose", "weekday", "opens_at"),
    )

    recipient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recipient.id"))
    purpose: Mapped[str]
    weekday: Mapped[int]
    opens_at: Mapped[time]
    closes_at: Mapped[time]
    slot_minutes: Mapped[int | None]
    capacity: Mapped[int] = mapped_column(server_default="1")


class Holiday(IdModel):
    """A day off: of the whole market, or of one place when it names it."""

    __table_args__ = (
        UniqueConstraint("market_key", "recipient_id", "on", postgresql_nulls_not_distinct=True),
    )

    market_key: Mapped[str] = mapped_column(ForeignKey("market.key"))
    recipient_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("recipient.id"))
    on: Mapped[date]
    name: Mapped[str]
    name_zh: Mapped[str]


class Slot(IdModel):
    """A stretch of time at a place that `capacity` parties can have."""

    __table_args__ = (
        CheckConstraint(_one_of("purpose", PURPOSES), name="purpose"),
        CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("(closed_at IS NULL) = (closed_reason IS NULL)", name="a_closed_one_says_why"),
        UniqueConstraint("recipient_id", "purpose", "starts_at"),
    )

    public_id: Mapped[str] = mapped_column(unique=True, default=ids.public_id)
    recipient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("recipient.id"))
    purpose: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    capacity: Mapped[int]
    closed_at: Mapped[datetime | None]
    """Nobody new gets it; who has it keeps it."""
    closed_reason: Mapped[str | None]
    closed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))

    recipient: Mapped[Recipient] = relationship(lazy="joined", innerjoin=True, viewonly=True)

    @classmethod
    def by_public_id(cls, value: str) -> Self:
        """Raises SlotNotFound."""
        found = session().scalars(select(cls).where(cls.public_id == value)).one_or_none()
        if found is None:
            raise SlotNotFound()
        return found

    def hold(self, holder: uuid.UUID, until: datetime, actor: Actor) -> "Booking":
        """Keeps the slot for the holder until then; a repeat moves the end. A holder holds one slot at a time:
        another one it held is let go. Raises SlotTaken, and then nothing has moved.
        """
        booking = self._take(holder, "held", until, actor)
        _let_go_of_others(self, holder)
        return booking

    def book(self, holder: uuid.UUID, actor: Actor) -> "Booking":
        """Turns the holder's hold into a booking, lapsed or not, as long as there is room. Raises SlotTaken."""
        booking = self._take(holder, "booked", None, actor)
        _let_go_of_others(self, holder)
        return booking

    def release(self, holder: uuid.UUID, actor: Actor | None = None) -> bool:
        """Lets go of what the holder has of this slot; tells whether there was anything."""
        booking = self._of(holder)
        if booking is None:
            return False
        was_booked = booking.state == "booked"
        booking.state, booking.until, booking.moved_at = "released", None, clock.now()
        if was_booked:
            record(SlotReleased(slot_id=self.id, holder=holder, recipient_id=self.recipient_id), actor)
        return True

    def _take(self, holder: uuid.UUID, state: str, until: datetime | None, actor: Actor) -> "Booking":
        own = self._of(holder)
        if own is not None and own.state == "booked":
            return own
        keeps = own is not None and own.until is not None and own.until > clock.now()
        if self.starts_at <= clock.now() or (self._is_closed() and not keeps):
            raise SlotTaken()
        if self._taken_by_others(holder) >= self.capacity:
            raise SlotTaken()
        if own is None:
            own = Booking(slot_id=self.id, holder=holder)
            session().add(own)
        own.state, own.until, own.moved_at = state, until, clock.now()
        session().flush()
        if state == "booked":
            record(
                SlotBooked(
                    slot_id=self.id,
                    holder=holder,
                    recipient_id=self.recipient_id,
                    purpose=self.purpose,
                    starts_at=self.starts_at,
                ),
                actor,
            )
        return own

    def _of(self, holder: uuid.UUID) -> "Booking | None":
        """The holder's live row, with the slot locked: whoever changes a slot's bookings queues here."""
        session().execute(select(Slot.id).where(Slot.id == self.id).with_for_update(key_share=True))
        mine = select(Booking).where(
            Booking.slot_id == self.id, Booking.holder == holder, Booking.state != "released"
        )
        return session().scalars(mine.execution_options(populate_existing=True)).one_or_none()

    def _is_closed(self) -> bool:
        """Read after the lock, as somebody may have closed it since it was shown."""
        return session().scalar(select(Slot.closed_at).where(Slot.id == self.id)) is not None

    def _taken_by_others(self, holder: uuid.UUID) -> int:
        others = select(func.count()).where(
            Booking.slot_id == self.id, Booking.holder != holder, Booking.is_live()
        )
        return session().scalar(others) or 0


class Booking(IdModel):
    """Who has a slot. held (until then) -> booked -> released; a lapsed hold counts for nothing.

    The holder is an opaque id from further up: a cart, an order, a help request.
    """

    __table_args__ = (
        CheckConstraint("state IN ('held', 'booked', 'released')", name="state"),
        CheckConstraint("(state = 'held') = (until IS NOT NULL)", name="only_a_hold_ends"),
        Index(
            "uq_booking_slot_id_holder",
            "slot_id",
            "holder",
            unique=True,
            postgresql_where="state <> 'released'",
        ),
        Index("ix_booking_holder", "holder", postgresql_where="state <> 'released'"),
    )

    slot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("slot.id"))
    holder: Mapped[uuid.UUID]
    state: Mapped[str]
    until: Mapped[datetime | None]
    moved_at: Mapped[datetime] = mapped_column(server_default=func.forecourt_now())

    @classmethod
    def is_live(cls) -> ColumnElement[bool]:
        return (cls.state == "booked") | ((cls.state == "held") & (cls.until > clock.sql_now))


def holder_slot(holder: uuid.UUID, purpose: str | None = None) -> Slot | None:
    """The slot that the holder has now, held or booked."""
    wanted = select(Slot).join(Booking).where(Booking.holder == holder, Booking.is_live())
    if purpose is not None:
        wanted = wanted.where(Slot.purpose == purpose)
    return session().scalars(wanted.order_by(Booking.moved_at.desc()).limit(1)).one_or_none()


def _let_go_of_others(kept: Slot, holder: uuid.UUID) -> None:
    session().execute(
        update(Booking)
        .where(Booking.holder == holder, Booking.slot_id != kept.id, Booking.state == "held")
        .values(state="released", until=None, moved_at=clock.sql_now)
    )
