"""Searching by a computed number, when only "at least so much" can be asked of the database."""

from odoo.fields import Domain


def compare(operator, value, at_least, known):
    """Return the domain of ``number operator value``, or NotImplemented.

    :param at_least: function that gives the domain of those with a number of ``n`` or more
    :param known: domain of those who have a number at all
    """
    if operator == "in":
        numbers = [number for number in value if number is not False]
        return Domain.OR(at_least(number) & ~at_least(number + 1) for number in numbers)
    if operator in (">", ">="):
        return at_least(value + (operator == ">"))
    if operator in ("<", "<="):
        return known & ~at_least(value + (operator == "<="))
    return NotImplemented
