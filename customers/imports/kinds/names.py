"""Names that columns of several kinds go by in exports, Dutch and English, separated by bars."""

from typing import Final

OWN_ID: Final = "external id"  # as our own exports name it
CUSTOMER: Final = (
    "klantnummer|klant|klantnr|klant id|klantid|customer|customer id|customer number|customerid|customer no|"
    "relatiecode|relatienummer|debiteurnummer|debiteur|client id"
)
EMAIL: Final = "e mailadres|e mail|email|emailadres|email address|customer email|e mail adres|mail"
COUNTRY: Final = "land|country|landcode|country code|billing country|factuurland"
CITY: Final = "plaats|woonplaats|stad|city|town|billing city"
ORDER: Final = (
    "ordernummer|order|order id|orderid|order number|ordernr|order no|bestelnummer|bestelling|"
    "bestellingsnummer|"
    "factuurnummer|invoice|invoice no|invoice number|invoiceno|order reference|bestelnr"
)
AMOUNT: Final = "bedrag|amount|kosten|cost|costs|bedrag excl btw|uitgaven|spend|besteed bedrag|totaal|total"
FIRST: Final = (
    "van|van datum|eerste dag|first day|first|from|startdatum|begindatum|start date|start|vanaf|ingangsdatum"
)
LAST: Final = "tot en met|t m|tot|laatste dag|last day|last|to|until|einddatum|end date|eind|end"
DAY: Final = "datum|dag|date|day"
CURRENCY: Final = "valuta|currency|munt|currency code|valutacode"
CHANNEL: Final = "kanaal|channel|acquisitiekanaal|acquisition channel|medium|bron|source"
SEGMENT: Final = "segment|klantsegment|doelgroep|customer segment"
CAMPAIGN: Final = "campagne|campaign|campaign name|campagnenaam"
