"""A workout as files: JSON, tables, a film with everything drawn in."""
