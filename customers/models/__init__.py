"""Facts: what the shop told us. One module a subject; import them from here."""

from customers.models.costs import AcquisitionCost, ProgrammeMembership, RetentionCost
from customers.models.facts import Customer, Order, OrderLine, Refund
from customers.models.shop import Shop
from customers.models.uploads import BeforeImage, RememberedMapping, Upload, UploadBatch, UploadReject

__all__ = [
    "AcquisitionCost",
    "BeforeImage",
    "Customer",
    "Order",
    "OrderLine",
    "ProgrammeMembership",
    "Refund",
    "RememberedMapping",
    "RetentionCost",
    "Shop",
    "Upload",
    "UploadBatch",
    "UploadReject",
]
