"""Facts: what the shop told us. One module a subject; import them from here."""

from customers.models.costs import AcquisitionCost, ProgrammeMembership, RetentionCost
from customers.models.facts import Customer, Order, OrderLine, Refund
from customers.models.feedback import MarketFigure, Referral, SurveyAnswer
from customers.models.persons import JoinedCustomer, JoinedFact, PersonDecision
from customers.models.privacy import ErasedKey, Erasure
from customers.models.quality import Evidence, QualityMeasurement
from customers.models.shop import Shop
from customers.models.uploads import BeforeImage, RememberedMapping, Upload, UploadBatch, UploadReject

__all__ = [
    "AcquisitionCost",
    "BeforeImage",
    "Customer",
    "ErasedKey",
    "Erasure",
    "Evidence",
    "JoinedCustomer",
    "JoinedFact",
    "MarketFigure",
    "Order",
    "OrderLine",
    "PersonDecision",
    "ProgrammeMembership",
    "QualityMeasurement",
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
