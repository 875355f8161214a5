"""Facts: what the shop told us. One module a subject; import them from here."""

from customers.models.costs import AcquisitionCost, ProgrammeMembership, RetentionCost
from customers.models.facts import Customer, Order, OrderLine, Refund
from customers.models.feedback import MarketFigure, Referral, SurveyAnswer
from customers.models.shop import Shop
from customers.models.uploads import BeforeImage, RememberedMapping, Upload, UploadBatch, UploadReject

__all__ = [
    "AcquisitionCost",
    "BeforeImage",
    "Customer",
    "MarketFigure",
    "Order",
    "OrderLine",
    "ProgrammeMembership",
    "Referral",
    "Refund",
    "RememberedMapping",
    "RetentionCost",
    "Shop",
    "SurveyAnswer",
    "Upload",
    "UploadBatch",
    "UploadReject",
]
