"""Studies of training: many small models, trained alike but for one thing, evaluated on every track."""
