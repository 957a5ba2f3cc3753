"""What a zone publishes: ordered streams of the registry's rows, names, answers."""
