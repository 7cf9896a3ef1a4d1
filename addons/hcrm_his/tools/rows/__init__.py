"""Hospitals without HL7: rows of tables, of JSON and of CSV files, mapped by configuration.

A row is stored as it came, like any message of the inbox; what it means is worked out when it is
processed, so that a mended mapping mends the dead letters.
"""
