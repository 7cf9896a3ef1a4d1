"""ORM-free parts of the intake: framing, reading, mapping and storing of messages.

Nothing here imports a model, so the listener, the bulk loader and the tests share it.
"""
