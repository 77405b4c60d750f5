"""What figures are called, and how long is said."""

from collections.abc import Mapping

from app.i18n import N_, _

STAGES: tuple[tuple[str, str], ...] = (
    ("visited", N_("Visited")),
    ("configured", N_("Configured")),
    ("cart", N_("Cart")),
    ("checkout", N_("Checkout")),
    ("paid", N_("Paid")),
)
STEPS: tuple[tuple[str, str], ...] = (
    ("cart", N_("Cart")),
    ("contact", N_("Contact")),
    ("handover", N_("Handover")),
    ("review", N_("Review")),
    ("pay", N_("Payment")),
)
REASONS: tuple[tuple[str, str], ...] = (
    ("refused", N_("A field was refused")),
    ("declined", N_("Payment declined")),
    ("back_and_forth", N_("Back and forth between steps")),
    ("empty_search", N_("Found nothing")),
    ("stalled", N_("Stood still")),
    ("nothing_seen", N_("Left without a word")),
)
RECIPIENT_KINDS: Mapping[str, str] = {
    "dealer": N_("Dealers"),
    "agent_desk": N_("Online agents"),
    "call_centre": N_("Help line"),
    "insurance_partner": N_("Insurance partner"),
    "finance_partner": N_("Finance partner"),
    "energy_partner": N_("Energy partner"),
}


def lasting(seconds: float) -> str:
    """48 s; 1 m 12 s; 2 h 5 m; 3 d 4 h: two units at most."""
    whole = round(seconds)
    if whole < 60:
        return _("%(s)s s", s=whole)
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return _("%(m)s m %(s)s s", m=minutes, s=rest) if rest else _("%(m)s m", m=minutes)
    if whole < 86_400:
        hours, rest = divmod(whole // 60, 60)
        return _("%(h)s h %(m)s m", h=hours, m=rest) if rest else _("%(h)s h", h=hours)
    days, rest = divmod(whole // 3600, 24)
    return _("%(d)s d %(h)s h", d=days, h=rest) if rest else _("%(d)s d", d=days)
