"""What black-box tests need: servers to start and kill, and clients to talk to them."""
