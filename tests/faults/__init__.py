"""Faults injected into the index and the server, and what became of each; ``python tests/faults`` runs them all."""
