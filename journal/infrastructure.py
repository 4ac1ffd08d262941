"""The faults of servers and networks, which pass."""

import asyncpg
from nats.errors import Error as NatsError

INFRASTRUCTURE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what asyncpg says of a connection that broke in the midst of an operation
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.PostgresSystemError,
    NatsError,
    OSError,
    TimeoutError,
)
"""What was being done is tried again: nothing is skipped, nothing acknowledged early."""
