"""The field's encoders, and what their published files hold."""
