"""The tables of the catalogue, gathered: each lives beside its verbs."""

from catalog.configuration import Configuration
from catalog.fitment import Fitment, OptionRule
from catalog.products import Equipment, Model, ModelListPrice, ModelRange, Offer, Trim
from catalog.promotions import Promotion
from catalog.stock import Hold, StockItem, Vehicle

__all__ = [
    "Configuration",
    "Equipment",
    "Fitment",
    "Hold",
    "Model",
    "ModelListPrice",
    "ModelRange",
    "Offer",
    "OptionRule",
    "Promotion",
    "StockItem",
    "Trim",
    "Vehicle",
]
