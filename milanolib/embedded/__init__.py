"""The try-out and the tests bring their own servers: PostgreSQL and Valkey from wheels, and a mailbox.

`python -m milanolib.embedded demo` runs the whole portal in the foreground, `test -- COMMAND` runs a command
beside throw-away servers, `doctor` names what the machine lacks. Production uses none of this: it names its own
servers in the environment (docs/operations.md). Only the standard library is imported here, except by `mailbox`
and `prepare`, which are processes of their own.
"""
