"""The house as data: its floors, from the ground up. Imports and foreign keys point down, never up, never round."""

GROUND = "app"

FLOORS: tuple[str, ...] = (
    "partners",
    "customers",
    "catalog",
    "garage",
    "orders",
    "checkout",
    "conversations",
    "leads",
    "insights",
)
