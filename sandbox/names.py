"""Who do the invented businesses trade with?

Every name is put together from word lists, so none is a real company's by intent, and two thousand
customers stay distinct. The lists are long enough that a screen of them does not look like a test.
"""

import random

_FIRST = (
    "Alder", "Amber", "Anchor", "Ardent", "Aspen", "Beacon", "Birch", "Blackthorn", "Bluewater", "Bramble",
    "Brightside", "Cedar", "Cinder", "Clearbrook", "Cobalt", "Compass", "Copperfield", "Coral", "Cranleigh",
    "Crescent", "Driftwood", "Eastgate", "Elmhurst", "Ember", "Fairhaven", "Falcon", "Fernhill", "Fieldstone",
    "Foxglove", "Glasswing", "Granite", "Greywell", "Harbour", "Hawthorn", "Hazel", "Heron", "Highmoor",
    "Hollybank", "Indigo", "Ironbridge", "Juniper", "Kestrel", "Kingfisher", "Lantern", "Larkspur", "Linden",
    "Longmeadow", "Maplewood", "Marlow", "Meridian", "Milestone", "Northfield", "Oakridge", "Orchard",
    "Osprey", "Pemberton", "Pinecrest", "Quarry", "Quayside", "Redwood", "Ridgeway", "Rosewood", "Rowan",
    "Saltmarsh", "Sandpiper", "Silverlake", "Stonegate", "Summit", "Thistle", "Tidewater", "Underhill",
    "Valley", "Westbrook", "Whitfield", "Willow", "Windmill", "Wrenfield",
)  # fmt: skip
_SECOND = (
    "Analytics", "Bakery", "Bicycles", "Bookbinders", "Brewing", "Builders", "Cabinetry", "Ceramics",
    "Clinics", "Coffee Roasters", "Consulting", "Couriers", "Dairy", "Dental Supply", "Design Studio",
    "Electrics", "Engineering", "Events", "Farm Foods", "Fitness", "Freight", "Furniture", "Garden Centre",
    "Glassworks", "Hardware", "Hotels", "Insulation", "Joinery", "Kitchens", "Labs", "Landscaping",
    "Laundry Services", "Lighting", "Logistics", "Machine Tools", "Marine", "Medical", "Metalworks",
    "Montessori", "Office Supply", "Outfitters", "Packaging", "Paper", "Pharmacy", "Plumbing", "Press",
    "Printing", "Renewables", "Robotics", "Roofing", "School of Music", "Security", "Software", "Solar",
    "Surveyors", "Textiles", "Theatre", "Timber", "Tours", "Veterinary Care", "Vineyards", "Workwear",
)  # fmt: skip
_LEGAL = {
    "USD": ("Inc.", "LLC", "Co.", "Group"),
    "GBP": ("Ltd", "LLP", "& Sons Ltd", "plc"),
    "EUR": ("GmbH", "B.V.", "S.A.", "AG"),
    "JPY": ("K.K.", "G.K."),
}
_PLACES = {
    "USD": (
        ("Portland", "Oregon", "OR"),
        ("Duluth", "Minnesota", "MN"),
        ("Asheville", "North Carolina", "NC"),
        ("Boise", "Idaho", "ID"),
        ("Dayton", "Ohio", "OH"),
    ),
    "GBP": (
        ("Leeds", "West Yorkshire", ""),
        ("Bristol", "Bristol", ""),
        ("Norwich", "Norfolk", ""),
        ("Dundee", "Angus", ""),
    ),
    "EUR": (
        ("Leipzig", "Sachsen", ""),
        ("Utrecht", "Utrecht", ""),
        ("Nantes", "Pays de la Loire", ""),
        ("Graz", "Steiermark", ""),
    ),
    "JPY": (("Kanazawa", "Ishikawa", ""), ("Matsuyama", "Ehime", "")),
}
_COUNTRY = {
    "USD": ("US", "United States"),
    "GBP": ("GB", "United Kingdom"),
    "EUR": ("DE", "Germany"),
    "JPY": ("JP", "Japan"),
}
_STREETS = (
    "Station Road",
    "Mill Lane",
    "Harbour Street",
    "Foundry Way",
    "Market Square",
    "Canal Walk",
    "Depot Avenue",
)
_PEOPLE = (
    "Ada Lindqvist",
    "Tomas Varga",
    "Priya Raman",
    "Jonah Whitaker",
    "Mei Tanaka",
    "Clara Boateng",
    "Luis Ferrer",
    "Nora Haas",
    "Owen Pryce",
    "Sara Demir",
)


def organization_name(seed: str) -> str:
    rng = random.Random(f"{seed}/organization")
    return f"{rng.choice(_FIRST)} {rng.choice(_SECOND)}"


def company_names(rng: random.Random, currencies: list[str]) -> list[str]:
    """One distinct name a customer, its legal form fitting the currency it is billed in."""
    pairs = rng.sample(range(len(_FIRST) * len(_SECOND)), len(currencies))
    return [
        f"{_FIRST[pair % len(_FIRST)]} {_SECOND[pair // len(_FIRST)]} {rng.choice(_LEGAL[currency])}"
        for pair, currency in zip(pairs, currencies, strict=True)
    ]


def contact_person(rng: random.Random) -> str:
    return rng.choice(_PEOPLE)


def mail_domain(company: str) -> str:
    """A domain under `.example`, which by definition reaches nobody."""
    words = [word for word in company.lower().replace("&", "and").split() if word.isalpha()]
    return f"{'-'.join(words[:2])}.example"


def address(rng: random.Random, currency: str) -> dict[str, str]:
    city, region, region_code = rng.choice(_PLACES[currency])
    code, country = _COUNTRY[currency]
    found = {
        "address1": f"{rng.randint(1, 180)} {rng.choice(_STREETS)}",
        "city": city,
        "region": region,
        "postal_code": f"{rng.randint(10000, 99999)}",
        "country_code": code,
        "country": country,
    }
    return found | {"region_code": region_code} if region_code else found
