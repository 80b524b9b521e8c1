"""The documentation site and the entity-relationship diagrams in it."""
