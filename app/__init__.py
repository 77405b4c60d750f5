"""The ground: database, events, deliveries, pages, sessions, money, clock, settings, worker. It imports no context."""
