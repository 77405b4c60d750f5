"""Facts about a cart that several people look at, and about what was put aside; ids only, never a name or a word."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app.events import Event
from app.i18n import _
from checkout.events import AboutCart


@dataclass(frozen=True, kw_only=True)
class CartLineSaved(AboutCart, Event):
    type: ClassVar[str] = "checkout.cart_line_saved"

    line_id: UUID
    sku: str

    def sentence(self) -> str:
        return _("%(sku)s saved for later", sku=self.sku)


@dataclass(frozen=True, kw_only=True)
class CartShared(AboutCart, Event):
    type: ClassVar[str] = "checkout.cart_shared"

    invitation_id: UUID

    def sentence(self) -> str:
        return _("Made a link to share the cart")


@dataclass(frozen=True, kw_only=True)
class CartShareRevoked(AboutCart, Event):
    type: ClassVar[str] = "checkout.cart_share_revoked"

    invitation_id: UUID

    def sentence(self) -> str:
        return _("Stopped sharing the cart by a link")


@dataclass(frozen=True, kw_only=True)
class CartGuestJoined(AboutCart, Event):
    type: ClassVar[str] = "checkout.cart_guest_joined"

    member_id: UUID

    def sentence(self) -> str:
        return _("Somebody came to look at the cart too")


@dataclass(frozen=True, kw_only=True)
class CartGuestRemoved(AboutCart, Event):
    type: ClassVar[str] = "checkout.cart_guest_removed"

    member_id: UUID

    def sentence(self) -> str:
        return _("Took somebody off the shared cart")


@dataclass(frozen=True, kw_only=True)
class CartCommented(AboutCart, Event):
    type: ClassVar[str] = "checkout.cart_commented"

    comment_id: UUID
    member_id: UUID
    line_id: UUID | None = None

    def sentence(self) -> str:
        return _("A comment on the shared cart")


@dataclass(frozen=True, kw_only=True)
class AboutSuggestion(AboutCart):
    comment_id: UUID
    member_id: UUID
    suggests: str
    """build: another look of a car; add: an offer; drop: a line to leave out."""
    line_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class CartChangeSuggested(AboutSuggestion, Event):
    type: ClassVar[str] = "checkout.cart_change_suggested"

    def sentence(self) -> str:
        return _("A change of the shared cart was suggested")


@dataclass(frozen=True, kw_only=True)
class CartSuggestionAccepted(AboutSuggestion, Event):
    type: ClassVar[str] = "checkout.cart_suggestion_accepted"

    def sentence(self) -> str:
        return _("Took up a suggestion for the cart")


@dataclass(frozen=True, kw_only=True)
class CartSuggestionDeclined(AboutSuggestion, Event):
    type: ClassVar[str] = "checkout.cart_suggestion_declined"

    def sentence(self) -> str:
        return _("Left the cart as it was, against a suggestion")


RECORDED = (
    CartLineSaved,
    CartShared,
    CartShareRevoked,
    CartGuestJoined,
    CartGuestRemoved,
    CartCommented,
    CartChangeSuggested,
    CartSuggestionAccepted,
    CartSuggestionDeclined,
)
