"""Results for people: tables, the report, the audit's page."""
