"""Corporate clients, suppliers, partners, allied and competing institutions."""

from .organisation_tables import ORGANISATIONS
from .rows import Customer

MOST_SHARE = 10  # at most one customer in ten is an organisation


def choose(customers):
    """Return the organisations of a base of so many customers, corporate clients among them."""
    count = min(len(ORGANISATIONS), customers // MOST_SHARE)
    step = len(ORGANISATIONS) / count if count else 1
    return [ORGANISATIONS[int(index * step)] for index in range(count)]


def employers(chosen):
    return [name for name, kind, _industry in chosen if kind == "corporate"]


def add(hospital, identities, chosen):
    for number, (name, kind, industry) in enumerate(chosen, 1):
        area, street = identities.home()
        hospital.customers.append(
            Customer(
                name=name,
                kinds={kind},
                is_company=True,
                phone=identities.landline(),
                email=f"contact{number}@example.com",
                street=street.split("号")[0] + "号",
                area_code=area,
                industry=industry,
                position=len(hospital.customers),
            )
        )
