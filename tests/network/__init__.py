"""A poor network for real programs: two network namespaces with the link emulator between them."""
