"""Sets up, runs, tests and checks HCRM with nothing but Python's standard library."""
