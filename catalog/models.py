"""The tables of the catalogue, gathered: each lives beside its verbs."""

from catalog.products import Equipment, Model, ModelListPrice, ModelRange, Offer, Trim
from catalog.stock import Hold, StockItem, Vehicle

__all__ = [
    "Equipment",
    "Hold",
    "Model",
    "ModelListPrice",
    "ModelRange",
    "Offer",
    "StockItem",
    "Trim",
    "Vehicle",
]
