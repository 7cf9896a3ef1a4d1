"""HCRM's speed beside its peers and the bare limit, measured in one run."""
