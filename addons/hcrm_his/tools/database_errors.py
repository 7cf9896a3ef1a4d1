"""Which database errors are the database's trouble, and which are the data's fault."""

import psycopg2
from psycopg2 import errors

#: OperationalError by class, but caused by what is written: it will fail for ever.
OF_THE_DATA = (errors.ProgramLimitExceeded, errors.StatementTooComplex)
#: InternalError by class: another server takes over, a session was ended.
OF_THE_SERVER = (errors.ReadOnlySqlTransaction, errors.IdleInTransactionSessionTimeout)


def is_transient(error):
    """Tell whether the same work may succeed later.

    >>> is_transient(errors.SerializationFailure()), is_transient(errors.ProgramLimitExceeded())
    (True, False)
    >>> is_transient(errors.ReadOnlySqlTransaction()), is_transient(psycopg2.DatabaseError())
    (True, True)
    >>> is_transient(errors.UniqueViolation()), is_transient(ValueError())
    (False, False)
    """
    if isinstance(error, OF_THE_DATA):
        return False
    if isinstance(error, OF_THE_SERVER) or type(error) is psycopg2.DatabaseError:
        return True  # the last: a connection that broke while an answer was read
    return isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)
