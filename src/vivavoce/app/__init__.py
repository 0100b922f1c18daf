"""The composition root: settings, backends, and the wiring of services into one program."""
