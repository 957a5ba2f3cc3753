"""ENUM as a client: what is known of a number, from our own index first, then over DNS."""
