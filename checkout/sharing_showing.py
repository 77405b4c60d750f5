"""A shared cart, ready to show: who is here, what was said about which line, and what was put aside."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy import select

from app import i18n, live
from app.characters import initials
from app.db import session
from app.i18n import _, localized, ngettext
from app.money import Money
from app.pages import ago, money
from app.pages import time as shown_time
from catalog import assortments, configuration, promotions
from catalog.build import Assortment, Build, car_price
from catalog.configuration import Configuration
from catalog.models import Offer, StockItem
from catalog.promotions import Running
from catalog.showing import Cost, cost
from checkout import basket, comments, sharing, showing
from checkout.basket import Basket, BasketLine
from checkout.cart import Cart
from checkout.comments import MOST, PAGE, CartComment, Told
from checkout.saving import of_visitor
from checkout.sharing import CartMember
from checkout.showing import ICONS, Hold, Line, period_words
from partners.models import Market

TONES = ("tarn", "sand", "rose", "iris")
LOOKS = ("paint", "wheels", "interior")
FIRST_STRONG, END = "\u2068", "\u2069"
"""Around a name inside a sentence: whichever way it is written, the sentence stays as it is."""


@dataclass(frozen=True)
class Person:
    public_id: str
    name: str
    initials: str
    tone: str
    is_owner: bool
    is_here: bool
    is_me: bool
    seen: str


@dataclass(frozen=True)
class Suggestion:
    """What taking it up would do; `trouble` says why it cannot be done any more."""

    words: str
    amount: str
    compare_url: str
    is_open: bool
    outcome: str
    trouble: str


@dataclass(frozen=True)
class Remark:
    public_id: str
    name: str
    initials: str
    tone: str
    text: str
    when: str
    about: str
    is_mine: bool
    suggestion: Suggestion | None


@dataclass(frozen=True)
class Shared:
    """What everybody in a shared cart sees beside its lines."""

    people: tuple[Person, ...]
    words: str
    by_line: Mapping[str, tuple[Remark, ...]]
    about_all: tuple[Remark, ...]
    older: int
    shown: int
    tag: str
    is_live: bool
    me: str
    room: str
    """Where the bell of this cart is heard."""


@dataclass(frozen=True)
class SavedLine:
    public_id: str
    title: str
    about: str
    price: str
    period: str
    note: str
    model: str | None
    paint: str
    wheels: str
    icon: str | None
    is_gone: bool


@dataclass(frozen=True)
class Built:
    """The car somebody configured and kept last."""

    url: str
    name: str
    title: str
    model: str
    paint: str
    wheels: str
    when: str


@dataclass(frozen=True)
class Plan:
    sku: str
    name: str
    about: str
    cost: Cost


@dataclass(frozen=True)
class LookChoice:
    """What a guest may suggest for one car: per family the options, the one in the cart first to be seen."""

    family: str
    label: str
    options: tuple[tuple[str, str], ...]
    now: str


@dataclass(frozen=True)
class Choices:
    """What a guest may suggest: looks by line, and offers that are not in the cart."""

    looks: Mapping[str, tuple[LookChoice, ...]] = field(default_factory=dict)
    offers: tuple[tuple[str, str], ...] = ()


def shared(now: Basket, visitor_id: uuid.UUID | None, most: int, at: datetime) -> Shared | None:
    """None for a cart that was never shared. Two statements, and four more where builds were suggested."""
    members = sharing.members(now.cart.id) if now.cart.shared_at else []
    if not members:
        return None
    told, total = comments.recent(now.cart.id, most)
    people = people_of(members, visitor_id, at)
    known = {member.id: person for member, person in zip(members, people, strict=True)}
    shelf = _Shelf(now, told)
    in_cart = {line.line.id: line.line.public_id for line in now.lines}
    by_line: dict[str, list[Remark]] = {}
    about_all: list[Remark] = []
    for one in told:
        remark = _remark(one, known, now, shelf, visitor_id)
        key = in_cart.get(one.comment.line_id) if one.comment.line_id else None
        (by_line.setdefault(key, []) if key else about_all).append(remark)
    return Shared(
        people=people,
        words=_words(people, now),
        by_line={key: tuple(remarks) for key, remarks in by_line.items()},
        about_all=tuple(about_all),
        older=min(PAGE, total - len(told)),
        shown=len(told),
        tag=tag(now.cart, members, comments.mark(now.cart.id), at),
        is_live=now.cart.state in ("open", "paying"),
        me=next((person.public_id for person in people if person.is_me), ""),
        room=live.room("cart", now.cart.public_id),
    )


def tag(cart: Cart, members: Sequence[CartMember], mark: str, at: datetime) -> str:
    """Differs whenever the page of this cart would: contents, words, decisions, who is in it and who is here."""
    present = [f"{member.public_id}{member.is_here(at)}{member.name}" for member in members]
    told = "|".join([str(cart.version), cart.state, str(cart.slot_id), mark, *present])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def choices(now: Basket) -> Choices:
    """What a guest may pick from."""
    taken = {line.offer.id for line in now.lines if line.offer is not None}
    has_car = bool(now.vehicles)
    shelf = select(Offer).where(Offer.market_key == now.market.key, Offer.active)
    off = promotions.shown(now.market)
    offers = session().scalars(shelf.order_by(Offer.family, Offer.position, Offer.id)).all()
    return Choices(
        looks=_looks(now),
        offers=tuple(
            (offer.sku, f"{offer.name_shown}, {_offer_price(offer, off)}")
            for offer in offers
            if offer.id not in taken and (has_car or offer.family != "feature") and offer.billing != "daily"
        ),
    )


def saved(visitor_id: uuid.UUID | None, market: Market, at: datetime) -> tuple[SavedLine, ...]:
    """What this visitor put aside, with the price of now."""
    if visitor_id is None:
        return ()
    return tuple(_saved(line, at) for line in basket.lines_of(market, *of_visitor(visitor_id, market.key)))


def printed(now: Basket, at: datetime) -> dict[str, str]:
    """The head of a quote on paper: when, how many lines, and how long what is said holds."""
    zone = ZoneInfo(now.market.time_zone)
    until = [line.hold.until for line in now.vehicles if line.hold and line.is_held_by(now.cart, at)]
    held = min((instant for instant in until if instant is not None), default=None)
    return {
        "held": _("Held until %(time)s", time=shown_time(held)) if held else "",
        "at": f"{format_date(at.astimezone(zone).date(), 'long', locale=i18n.locale())} {shown_time(at, zone.key)}",
        "lines": ngettext("%(n)s line", "%(n)s lines", len(now.lines)) % {"n": len(now.lines)},
        "validity": _(
            "The catalogue’s prices at that moment. The car is held until %(time)s.", time=shown_time(held)
        )
        if held
        else _("The catalogue’s prices at that moment; nothing is held."),
    }


def asked(arguments: Mapping[str, str]) -> int:
    """How many comments a page is asked to show: twenty, or as many more as it says."""
    told = arguments.get("comments", "")
    return min(max(int(told), PAGE), MOST) if told.isascii() and told.isdigit() and len(told) < 5 else PAGE


def last_built(visitor_id: uuid.UUID | None) -> Built | None:
    kept = configuration.of_visitor(visitor_id)
    if not kept:
        return None
    newest = kept[0]
    look = newest.look()
    name = localized(newest.model.name, f"{newest.model.name_zh or ''} {newest.model.name}".strip())
    return Built(
        newest.url_path(),
        name,
        newest.title_shown,
        look.model,
        look.paint,
        look.wheels,
        ago(newest.created_at),
    )


def plan(offer: Offer, off: Running) -> Plan:
    return Plan(offer.sku, offer.name_shown, offer.summary_shown, cost(offer, off))


def handover_words(now: Basket) -> tuple[str, ...]:
    """How and when, never to which door."""
    words = showing.handover_words(now)
    return (words[0], *words[2:]) if now.cart.method == "home_delivery" and now.cart.address else words


def lines_for_guests(now: Basket, at: datetime) -> list[Line]:
    """The same lines; a hold is the owner's and not the reader's."""
    return [replace(line, hold=_for_guests(line.hold)) for line in showing.lines(now, at)]


def isolated(name: str) -> str:
    return f"{FIRST_STRONG}{name}{END}"


def _for_guests(hold: Hold | None) -> Hold | None:
    if hold is None or hold.kind == "problem":
        return hold
    if hold.until is not None:
        return replace(hold, words=_("Held until %(time)s", time=shown_time(hold.until)))
    return replace(hold, words=_("Held") if hold.kind == "done" else _("No longer held"))


def people_of(
    members: Sequence[CartMember], visitor_id: uuid.UUID | None, at: datetime
) -> tuple[Person, ...]:
    return tuple(
        Person(
            public_id=member.public_id,
            name=member.name,
            initials=initials(member.name),
            tone=TONES[place % len(TONES)],
            is_owner=member.is_owner,
            is_here=member.is_here(at),
            is_me=member.visitor_id == visitor_id,
            seen=_("here now") if member.is_here(at) else ago(member.last_seen_at or member.created_at),
        )
        for place, member in enumerate(members)
    )


def _words(people: Sequence[Person], now: Basket) -> str:
    others = [person for person in people if not person.is_me]
    here = [person.name for person in others if person.is_here]
    if here:
        says = ngettext("%(names)s is looking too", "%(names)s are looking too", len(here))
        return says % {"names": _listed(here)}
    guests = [person.name for person in others if not person.is_owner]
    owner = next((person for person in others if person.is_owner), None)
    if owner is not None:
        return _("%(name)s is not here at the moment", name=isolated(owner.name))
    if not guests:
        return _("Nobody has opened your link yet")
    return _("Shared with %(names)s", names=_listed(guests))


def _listed(told: Sequence[str]) -> str:
    """A, B and C; A、B 和 C."""
    shown = [isolated(name) for name in told]
    if len(shown) == 1:
        return shown[0]
    most = ("、" if i18n.language() == "zh" else ", ").join(shown[:-1])
    return _("%(most)s and %(last)s", most=most, last=shown[-1])


class _Shelf:
    """What suggested builds need to be shown; read only when there are any."""

    def __init__(self, now: Basket, told: Sequence[Told]) -> None:
        wanted = [one.comment.configuration_id for one in told if one.comment.configuration_id]
        self.kept: dict[uuid.UUID, Configuration] = {}
        self.assortments: Mapping[str, Assortment] = {}
        self.cars: dict[uuid.UUID, StockItem] = {}
        standing = [one.comment.stock_item_id for one in told if one.comment.stock_item_id]
        if standing:
            self.cars = {car.id: car for car in comments.cars(standing)}
        if wanted:
            self.kept = {kept.id: kept for kept in comments.builds(wanted)}
            self.assortments = assortments.read_now(now.market.key)


def _remark(
    told: Told,
    known: Mapping[uuid.UUID, Person],
    now: Basket,
    shelf: _Shelf,
    visitor_id: uuid.UUID | None,
) -> Remark:
    comment, line = told.comment, told.line
    writer = known.get(told.member.id)
    is_live = line is not None and line.removed_at is None
    return Remark(
        public_id=comment.public_id,
        name=told.member.name,
        initials=initials(told.member.name),
        tone=writer.tone if writer else "iris",
        text=comment.text,
        when=ago(comment.created_at),
        about=localized(line.title["en"], line.title.get("zh")) if line is not None and not is_live else "",
        is_mine=told.member.visitor_id == visitor_id,
        suggestion=_suggestion(told, now, shelf) if comment.suggests else None,
    )


def _suggestion(told: Told, now: Basket, shelf: _Shelf) -> Suggestion:
    comment = told.comment
    words, amount, compare, trouble = _DESCRIBED[comment.suggests or ""](told, now, shelf)
    return Suggestion(
        words=words,
        amount=amount,
        compare_url=compare,
        is_open=comment.state == "open",
        outcome=_outcome(comment),
        trouble=trouble if comment.state == "open" else "",
    )


def _outcome(comment: CartComment) -> str:
    if comment.state == "accepted":
        return _("Taken up")
    return _("Left as it is") if comment.state == "declined" else ""


def _adding(told: Told, now: Basket, shelf: _Shelf) -> tuple[str, str, str, str]:
    offer = told.offer
    assert offer is not None
    trouble = ""
    if not offer.active:
        trouble = _("We do not sell this any more.")
    elif any(line.offer is not None and line.offer.id == offer.id for line in now.lines):
        trouble = _("It is in the cart already.")
    elif offer.family == "feature" and not now.vehicles:
        trouble = _("It works in a car, and there is none in the cart.")
    return (
        _("Add %(name)s", name=offer.name_shown),
        _offer_price(offer, promotions.shown(now.market)),
        "",
        trouble,
    )


def _dropping(told: Told, now: Basket, shelf: _Shelf) -> tuple[str, str, str, str]:
    line = told.line
    assert line is not None
    name = localized(line.title["en"], line.title.get("zh"))
    trouble = "" if line.removed_at is None else _("It is not in the cart any more.")
    return _("Leave out %(name)s", name=name), "", "", trouble


def _changing(told: Told, now: Basket, shelf: _Shelf) -> tuple[str, str, str, str]:
    wanted = shelf.kept[told.comment.configuration_id]  # type: ignore[index]
    assortment = shelf.assortments.get(wanted.model.slug)
    there = next((one for one in now.lines if told.line is not None and one.line.id == told.line.id), None)
    stands = there.configuration if there is not None else None
    words = _look_words(assortment, wanted.build, stands.build if stands else None)
    if there is None or stands is None:
        return words, "", "", _("It is not in the cart any more.")
    if assortment is None or not assortment.can_make(wanted.build):
        return words, "", "", _("It cannot be had like this any more.")
    if wanted.build == stands.build:
        return words, "", "", ""
    change = car_price(assortment, wanted.build) - there.priced.price
    compare = f"/designs/{stands.design_code}/compare?with={wanted.design_code}"
    return words, _signed(change), compare, ""


def _designing(told: Told, now: Basket, shelf: _Shelf) -> tuple[str, str, str, str]:
    wanted = shelf.kept[told.comment.configuration_id]  # type: ignore[index]
    assortment = shelf.assortments.get(wanted.model.slug)
    words = _instead_of(wanted.title_shown, told)
    if assortment is None or not assortment.can_make(wanted.build):
        return words, "", "", _("It cannot be had like this any more.")
    return words, money(car_price(assortment, wanted.build)), "", ""


def _taking_car(told: Told, now: Basket, shelf: _Shelf) -> tuple[str, str, str, str]:
    item = shelf.cars[told.comment.stock_item_id]  # type: ignore[index]
    title = item.titles()[0]
    words = _instead_of(localized(title["en"], title.get("zh")), told)
    trouble = "" if item.state == "available" else _("Somebody else has this car now")
    return words, money(item.price), "", trouble


def _instead_of(name: str, told: Told) -> str:
    """Beside what is there, or in place of a car of the cart."""
    if told.line is None:
        return _("Add %(name)s", name=name)
    before = localized(told.line.title["en"], told.line.title.get("zh"))
    return _("%(name)s in place of %(before)s", name=name, before=before)


_DESCRIBED = {
    "add": _adding,
    "drop": _dropping,
    "build": _changing,
    "design": _designing,
    "car": _taking_car,
}


def described(told: Told, now: Basket) -> Suggestion:
    """One suggestion for itself, for whoever shows it outside the cart. Two statements more where it is a car."""
    return _suggestion(told, now, _Shelf(now, (told,)))


def _look_words(assortment: Assortment | None, wanted: Build, stands: Build | None) -> str:
    """What would be another way, by name; all of the look when nothing is, or nothing is left to compare it with."""
    look = [choice for choice in wanted.choices if choice[0] in LOOKS]
    changed = [choice for choice in look if stands is None or not stands.has(choice)]
    found = {choice: assortment.get(choice) if assortment else None for choice in changed or look}
    named = [
        localized(option.name, option.name_zh) if option else code
        for (_family, code), option in found.items()
    ]
    options = ("、" if i18n.language() == "zh" else ", ").join(named)
    return _("%(options)s instead", options=options) if changed else options


def _looks(now: Basket) -> dict[str, tuple[LookChoice, ...]]:
    found: dict[str, tuple[LookChoice, ...]] = {}
    for line in now.lines:
        kept = line.configuration
        if kept is None:
            continue
        build = kept.build
        assortment = assortments.on_show(now.market.key).get(build.model)
        if assortment is not None:
            found[line.line.public_id] = tuple(_look_choice(assortment, build, family) for family in LOOKS)
    return found


def _look_choice(assortment: Assortment, build: Build, family: str) -> LookChoice:
    labels = {"paint": _("Paint"), "wheels": _("Wheels"), "interior": _("Interior")}
    return LookChoice(
        family=family,
        label=labels[family],
        options=tuple(
            (option.code, localized(option.name, option.name_zh)) for option in assortment.of(family)
        ),
        now=str(getattr(build, family)),
    )


def _saved(line: BasketLine, at: datetime) -> SavedLine:
    row, priced = line.line, line.priced
    sells = line.stock_item or line.configuration
    look = sells.look() if sells else None
    is_gone = _is_gone(line, at)
    was = Money(row.price_minor, priced.price.currency)
    notes = []
    if is_gone and line.stock_item is not None:
        notes.append(_("Somebody else has this car now"))
    elif is_gone:
        notes.append(_("We do not sell this any more."))
    elif was != priced.price:
        notes.append(_("It was %(was)s when you saved it.", was=money(was)))
    return SavedLine(
        public_id=row.public_id,
        title=localized(row.title["en"], row.title.get("zh")),
        about=localized(row.detail["en"], row.detail.get("zh")),
        price=money(priced.total),
        period=period_words(priced.billing),
        note=" ".join(notes),
        model=look.model if look else None,
        paint=look.paint if look else "",
        wheels=look.wheels if look else "",
        icon=None if look else ICONS[row.kind],
        is_gone=is_gone,
    )


def _configuration(line: BasketLine) -> Configuration | None:
    return line.configuration


def _is_gone(line: BasketLine, at: datetime) -> bool:
    """Whether putting it back would be refused at the moment: it was let go, so any hold is somebody else's."""
    if line.configuration is not None:
        return line.build is None
    if line.configuration is not None:
        return line.build is None
    if line.stock_item is None:
        return line.offer is not None and not line.offer.active
    is_held = line.hold is not None and line.hold.is_live(at)
    return line.stock_item.state != "available" or is_held


def _offer_price(offer: Offer, off: Running) -> str:
    told = cost(offer, off)
    if told.before:
        return _("%(price)s instead of %(before)s", price=told.words, before=told.before)
    return told.words


def _signed(change: Money) -> str:
    if not change:
        return _("Same price")
    return money(change) if change.amount_minor < 0 else f"+{money(change)}"
